using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;
using UserTcp.Tun;

namespace UserTcp.Cli;

/// <summary>Options that refuse a wrong value with a message that says what is expected.</summary>
internal static class CheckedOptions
{
    private const int MaxNameLength = 15;
    private const double MostSeconds = 86_400;

    public static Option<int?> Number(string name, string[] aliases, string description, int min, int max)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}");
        return new(name, aliases)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => Read<int>(
                result, name, expected,
                (string text, out int number) =>
                    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
                    && number >= min && number <= max),
        };
    }

    public static Option<TimeSpan?> Seconds(string name, string[] aliases, string description) => new(name, aliases)
    {
        Description = description,
        HelpName = "SECONDS",
        CustomParser = result => Read<TimeSpan>(
            result, name, "a number of seconds above 0 and at most 86400, such as 1.5",
            (string text, out TimeSpan time) =>
            {
                var isRight = double.TryParse(
                    text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                    && seconds is >= 0.001 and <= MostSeconds;
                time = isRight ? TimeSpan.FromSeconds(seconds) : default;
                return isRight;
            }),
    };

    /// <summary>Addresses of a stack.</summary>
    public static Option<string[]> Addresses(string description) =>
        List("--address", "A[,A]", description, "a host's IP address, such as 198.18.0.2", IsHostAddress);

    /// <summary>Addresses of the kernel's end.</summary>
    public static Option<string[]> Peers(string description) => Peers("--peer", description);

    public static Option<string[]> Peers(string name, string description) => List(
        name, "A/LEN[,A/LEN]", description, "an address with a prefix length, such as 198.18.0.1/24",
        text => TunAddress.TryParse(text, out _) && IsHostAddress(text[..text.IndexOf('/', StringComparison.Ordinal)]));

    /// <summary>The name of an interface.</summary>
    public static Option<string?> Device(string description)
    {
        var option = new Option<string?>("--device") { Description = description, HelpName = "NAME" };
        option.Validators.Add(result =>
        {
            var name = result.Tokens is [var token, ..] ? token.Value : "";
            if (name.Length is 0 or > MaxNameLength || name.Any(c => char.IsWhiteSpace(c) || c == '/'))
            {
                result.AddError($"--device: '{name}' is not an interface name: 1 to {MaxNameLength} characters, "
                    + "neither '/' nor white space");
            }
        });
        return option;
    }

    /// <summary>A congestion control.</summary>
    public static Option<CongestionAlgorithm?> CongestionControl()
    {
        var names = string.Join('|', Enum.GetValues<CongestionAlgorithm>().Select(Name));
        return new Option<CongestionAlgorithm?>("--cc")
        {
            Description = "Congestion control (default cubic)",
            HelpName = names,
            CustomParser = result => Read<CongestionAlgorithm>(
                result, "--cc",
                $"a congestion control: choose from {names.Replace("|", ", ", StringComparison.Ordinal)}",
                static (string text, out CongestionAlgorithm algorithm) =>
                {
                    var index = Array.FindIndex(Enum.GetValues<CongestionAlgorithm>(), value => Name(value) == text);
                    algorithm = index < 0 ? default : Enum.GetValues<CongestionAlgorithm>()[index];
                    return index >= 0;
                }),
        }.CompletedBy(names.Split('|'));
    }

    /// <summary>A congestion control as it is written on the command line.</summary>
    public static string Name(CongestionAlgorithm algorithm) => algorithm.ToString().ToLowerInvariant();

    /// <summary>When SYNs are answered by cookies.</summary>
    public static Option<SynCookieMode?> SynCookies()
    {
        (string Name, SynCookieMode Mode)[] modes =
            [
                ("never", SynCookieMode.Never), ("under-pressure", SynCookieMode.UnderPressure),
                ("always", SynCookieMode.Always),
            ];
        return new Option<SynCookieMode?>("--syn-cookies")
        {
            Description = "When SYNs are answered by SYN cookies (default under-pressure)",
            HelpName = string.Join('|', modes.Select(mode => mode.Name)),
            CustomParser = result => Read<SynCookieMode>(
                result, "--syn-cookies",
                $"when to use SYN cookies: choose from {string.Join(", ", modes.Select(mode => mode.Name))}",
                (string text, out SynCookieMode mode) =>
                {
                    var index = Array.FindIndex(modes, known => known.Name == text);
                    mode = index < 0 ? default : modes[index].Mode;
                    return index >= 0;
                }),
        }.CompletedBy(modes.Select(mode => mode.Name));
    }

    /// <summary>One of a few words; the first is the default.</summary>
    public static Option<string> Choice(string name, string description, params string[] words)
    {
        return new Option<string>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            DefaultValueFactory = _ => words[0],
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (!words.Contains(text))
                    result.AddError($"{name}: '{text}' is not one of {string.Join(", ", words)}");
                return text;
            },
        }.CompletedBy(words);
    }

    /// <summary>The words that a shell offers for the option's value.</summary>
    public static TOption CompletedBy<TOption>(this TOption option, IEnumerable<string> values)
        where TOption : Option
    {
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. values]);
        return option;
    }

    public static Option<string[]> List(
        string name, string helpName, string description, string expected, Func<string, bool> isRight)
    {
        return new(name)
        {
            Description = description,
            HelpName = helpName,
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result =>
            {
                var items = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
                foreach (var item in items)
                {
                    if (!isRight(item))
                        result.AddError($"{name}: '{item}' is not {expected}");
                }

                return items;
            },
        };
    }

    /// <summary>What goes wrong on a link.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">Its description.</param>
    /// <param name="problemOf">What is wrong with a trigger for this option, or null.</param>
    public static Option<string?> Impairment(
        string name, string description, Func<LinkTrigger, string?>? problemOf = null)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "SPEC" };
        option.Validators.Add(result =>
        {
            var spec = result.Tokens is [var token, ..] ? token.Value : "";
            if (!LinkImpairment.TryParse(spec, out var impairment, out var problem))
                result.AddError($"{name}: {problem}");
            else if (FirstProblem(impairment.Triggers, problemOf) is { } wrong)
                result.AddError($"{name}: {wrong}");
        });
        return option;
    }

    private static string? FirstProblem(LinkTriggers triggers, Func<LinkTrigger, string?>? problemOf) =>
        problemOf is null ? null : triggers.Select(problemOf).FirstOrDefault(problem => problem is not null);

    private delegate bool Reader<T>(string text, out T value);

    private static T? Read<T>(ArgumentResult result, string name, string expected, Reader<T> read)
        where T : struct
    {
        var text = result.Tokens[0].Value;
        if (read(text, out var value))
            return value;
        result.AddError($"{name}: '{text}' is not {expected}");
        return null;
    }

    /// <summary>Whole: the framework also takes 198.18.2 for 198.18.0.2.</summary>
    private static bool IsHostAddress(string text) =>
        IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any)
        && !address.Equals(IPAddress.Broadcast) && !address.Equals(IPAddress.IPv6Any) && !IPAddress.IsLoopback(address)
        && !address.IsIPv6Multicast && !address.IsIPv4MappedToIPv6
        && (address.AddressFamily == AddressFamily.InterNetworkV6
            || (text.Count(c => c == '.') == 3 && address.GetAddressBytes()[0] is > 0 and < 224));
}
