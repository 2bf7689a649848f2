using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;

namespace UserTcp.PacketDrill.Settings;

/// <summary>
/// Commands in backticks, which would change the kernel of this machine. None is run: those that set TCP sysctls change
/// the stack's settings, shell files are searched for such commands, and all others are reported on standard error.
/// </summary>
internal sealed class Commands(StackSettings settings, TextWriter log, Func<string, string?> readFile)
{
    private const string SysctlPath = "/proc/sys/";
    private const int MaxNested = 4;
    private const long MaxOctets = 1 << 30;

    private static readonly string[] Separators = ["\n", ";", "|", "&&"];

    // Without effect on the stack.
    private static readonly HashSet<string> Harmless =
    [
        "tcp_no_metrics_save", "tcp_early_retrans", "tcp_recovery", "tcp_frto", "tcp_fack", "tcp_reordering",
        "tcp_tso_win_divisor", "tcp_min_tso_segs", "tcp_pacing_ss_ratio", "tcp_pacing_ca_ratio", "tcp_syncookies",
        "tcp_ecn_option", "tcp_dsack",
    ];

    /// <summary>Runs a command line and returns its exit status.</summary>
    public int Run(string text) => Run(text, MaxNested);

    private int Run(string text, int depth)
    {
        foreach (var line in text.Replace("\\\n", " ", StringComparison.Ordinal)
            .Split(Separators, StringSplitOptions.None))
        {
            RunOne(Words(line), depth);
        }

        return 0;
    }

    private void RunOne(List<string> words, int depth)
    {
        if (words.Count == 0 || words[0].StartsWith('#'))
            return;
        var name = words[0];
        if (name is "sysctl")
            SetAll(words.Skip(1).Where(word => word.Contains('=', StringComparison.Ordinal)), depth);
        else if (name.EndsWith("set_sysctls.py", StringComparison.Ordinal))
            SetAll(words.Skip(1), depth);
        else if (name.EndsWith("defaults.sh", StringComparison.Ordinal) && depth > 0 && readFile(name) is { } file)
            Run(file, depth - 1);
        else if (!name.Contains("sysctl_restore", StringComparison.Ordinal))
            Note($"not run: {string.Join(' ', words)}", depth);
    }

    /// <summary>Files of defaults set many irrelevant sysctls; those of the script itself matter.</summary>
    private void Note(string text, int depth)
    {
        if (depth == MaxNested)
            log.WriteLine(text);
    }

    private void SetAll(IEnumerable<string> assignments, int depth)
    {
        foreach (var assignment in assignments)
        {
            var parts = assignment.Split('=', 2);
            var name = parts[0].Replace(SysctlPath, "", StringComparison.Ordinal).Replace('/', '.');
            if (parts.Length == 2)
                Set(name[(name.LastIndexOf('.') + 1)..], parts[1], depth);
        }
    }

    private void Set(string name, string value, int depth)
    {
        var numbers = Numbers(value);
        switch (name)
        {
            case "tcp_rmem" when numbers.Count == 3:
                (settings.ReceiveBuffer, settings.MaxReceiveBuffer) = (Size(numbers[1]), Size(numbers[2]));
                break;
            case "tcp_wmem" when numbers.Count == 3:
                (settings.SendBuffer, settings.MaxSendBuffer) = (Size(numbers[1]), Size(numbers[2]));
                break;
            case "tcp_notsent_lowat" when numbers.Count == 1:
                settings.NotSentLowWater = (uint)Math.Clamp(numbers[0], 0, uint.MaxValue);
                break;
            case "tcp_timestamps" when numbers.Count == 1:
                settings.Timestamps = numbers[0] != 0;
                break;
            case "tcp_sack" when numbers.Count == 1:
                settings.Sack = numbers[0] != 0;
                break;
            case "tcp_congestion_control":
                settings.CongestionControl = value.Trim('"') == "cubic"
                    ? CongestionAlgorithm.Cubic
                    : CongestionAlgorithm.NewReno;
                break;
            case "tcp_ecn" when numbers.Count == 1 && numbers[0] <= (long)EcnMode.Passive:
                settings.Ecn = (EcnMode)numbers[0];
                break;
            case "tcp_syncookies" when numbers.Count == 1 && numbers[0] is >= 0 and <= (long)SynCookieMode.Always:
                settings.SynCookies = (SynCookieMode)numbers[0];
                break;
            case "tcp_fastopen" when numbers.Count == 1:
                settings.FastOpen = (FastOpenUse)numbers[0];
                break;
            case "tcp_fastopen_key" when Key(value) is { } key:
                settings.FastOpenKey = key;
                break;
            case "tcp_syn_retries" when numbers.Count == 1:
                settings.SynRetries = (int)Math.Clamp(numbers[0], 0, byte.MaxValue);
                break;
            case "tcp_synack_retries" when numbers.Count == 1:
                settings.SynAckRetries = (int)Math.Clamp(numbers[0], 0, byte.MaxValue);
                break;
            default:
                if (!Harmless.Contains(name))
                    Note($"no such setting: {name}={value}", depth);
                break;
        }
    }

    /// <summary>A key in Linux's format: four hexadecimal words separated by hyphens.</summary>
    private static SipKey? Key(string value)
    {
        Span<ulong> words = stackalloc ulong[4];
        var parts = value.Trim('"').Split('-');
        if (parts.Length != words.Length)
            return null;
        for (var i = 0; i < words.Length; i++)
        {
            if (!uint.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var word))
                return null;
            words[i] = word;
        }

        return new SipKey(words[0] | (words[1] << 32), words[2] | (words[3] << 32));
    }

    private static int Size(long octets) => (int)Math.Clamp(octets, 1024, MaxOctets);

    private static List<long> Numbers(string value)
    {
        var numbers = new List<long>();
        foreach (var word in value.Trim('"').Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (Arithmetic(word) is { } number)
                numbers.Add(number);
        }

        return numbers;
    }

    /// <summary>A decimal or hexadecimal number, or a product in shell syntax: $((15*1024)).</summary>
    private static long? Arithmetic(string word)
    {
        long product = 1;
        foreach (var factor in word.Replace("$((", "", StringComparison.Ordinal)
            .Replace("))", "", StringComparison.Ordinal)
            .Split('*'))
        {
            var isHexadecimal = factor.StartsWith("0x", StringComparison.Ordinal);
            var parsed = isHexadecimal
                ? long.TryParse(
                    factor.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
                : long.TryParse(factor, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
            if (!parsed || number is < 0 or > uint.MaxValue)
                return null;
            product = unchecked(product * number);
        }

        return product;
    }

    /// <summary>Splits words like a shell, with quotes.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        var quoted = false;
        foreach (var character in line + " ")
        {
            if (character == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && char.IsWhiteSpace(character))
            {
                if (word.Length > 0)
                    words.Add(word.ToString());
                word.Clear();
            }
            else
            {
                word.Append(character);
            }
        }

        return words;
    }
}
