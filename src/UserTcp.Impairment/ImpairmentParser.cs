using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace UserTcp.Impairment;

/// <summary>
/// Parses and formats a <see cref="LinkImpairment"/> as <c>name=value</c> pairs, separated by commas. A trigger may
/// have the name of a probability: its value tells them apart.
/// </summary>
internal static class ImpairmentParser
{
    private const string Percentage = "a percentage from 0% to 100%, such as 1% or 0.5%";
    public const string Duration = "a time up to an hour, such as 20ms, 500us or 2s";
    private const string BitRate = "a rate of 1kbit or more, such as 64kbit, 50mbit or 1gbit";

    private static readonly Entry[] Entries =
    [
        Probability("loss", i => i.Loss, (i, v) => i with { Loss = v }),
        Probability("burst", i => i.Burst, (i, v) => i with { Burst = v }),
        new("burstlength", "a number of packets from 1 to 10000, such as 8", i => Number(i.BurstLength), (i, t) =>
            TryNumber(t, 1, 10_000, out var v) ? i with { BurstLength = v } : null),
        Time("delay", i => i.Delay, (i, v) => i with { Delay = v }),
        Time("jitter", i => i.Jitter, (i, v) => i with { Jitter = v }),
        Probability("reorder", i => i.Reorder, (i, v) => i with { Reorder = v }),
        Time("reorderdelay", i => i.ReorderDelay, (i, v) => i with { ReorderDelay = v }),
        Probability("dup", i => i.Duplicate, (i, v) => i with { Duplicate = v }),
        Probability("corrupt", i => i.Corrupt, (i, v) => i with { Corrupt = v }),
        Probability("replay", i => i.Replay, (i, v) => i with { Replay = v }),
        Time("replayage", i => i.ReplayAge, (i, v) => i with { ReplayAge = v }),
        new("rate", BitRate, i => FormatRate(i.Rate), (i, t) => TryRate(t, out var v) ? i with { Rate = v } : null),
        new("queue", "a number of packets from 1 to 1000000, such as 100", i => Number(i.Queue), (i, t) =>
            TryWhole(t, 1, 1_000_000, out var v) ? i with { Queue = (int)v } : null),
        new(
            "ecn", "a number of packets from 1 to 1000000, such as 30",
            i => i.Ecn is { } ecn ? Number(ecn) : "", (i, t) =>
                TryWhole(t, 1, 1_000_000, out var v) ? i with { Ecn = (int)v } : null),
        new(
            "mtu", "a number of bytes from 68 to 65535, such as 1280",
            i => i.Mtu is { } mtu ? Number(mtu) : "", (i, t) =>
                TryWhole(t, 68, 65_535, out var v) ? i with { Mtu = (int)v } : null),
        new("seed", "a whole number, such as 7", i => Number(i.Seed), (i, t) =>
            ulong.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var v) ? i with { Seed = v } : null),
    ];

    private static readonly string Names =
        string.Join(", ", Entries.Select(entry => entry.Name).Concat(TriggerParser.OwnNames));

    public static bool TryParse(
        string text, [NotNullWhen(true)] out LinkImpairment? impairment, [NotNullWhen(false)] out string? problem)
    {
        impairment = LinkImpairment.None;
        problem = null;
        var given = new HashSet<string>();
        var triggers = new List<LinkTrigger>();
        foreach (var item in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            problem = Apply(item, given, triggers, ref impairment);
            if (problem is null)
                continue;
            impairment = null;
            return false;
        }

        impairment = impairment with { Triggers = [.. triggers] };
        return true;
    }

    public static string Format(LinkImpairment impairment) =>
        string.Join(',', Entries
            .Where(entry => entry.Format(impairment) != entry.Format(LinkImpairment.None))
            .Select(entry => $"{entry.Name}={entry.Format(impairment)}")
            .Concat(impairment.Triggers.Select(trigger => trigger.ToString())));

    /// <summary>Applies one pair; returns the problem with it, or null.</summary>
    private static string? Apply(
        string item, HashSet<string> given, List<LinkTrigger> triggers, ref LinkImpairment impairment)
    {
        var equals = item.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? item : item[..equals].Trim();
        var value = equals < 0 ? "" : item[(equals + 1)..].Trim();
        if (TriggerParser.IsTrigger(name, value))
            return ApplyTrigger(name, value, triggers);
        if (Array.Find(Entries, entry => entry.Name == name) is not { } entry)
            return $"'{name}' is not an impairment: use {Names}";
        if (equals < 0)
            return $"'{name}' has no value: write {name}= and {entry.Expects}";
        if (!given.Add(name))
            return $"'{name}' is given twice";
        if (entry.Apply(impairment, value) is not { } changed)
            return $"'{value}' does not fit {name}=: it takes {entry.Expects}";
        impairment = changed;
        return null;
    }

    private static string? ApplyTrigger(string name, string value, List<LinkTrigger> triggers)
    {
        if (TriggerParser.Parse(name, value, out var trigger) is { } problem)
            return problem;
        if (triggers.Contains(trigger!))
            return $"'{name}={value}' is given twice";
        triggers.Add(trigger!);
        return null;
    }

    private static Entry Probability(
        string name, Func<LinkImpairment, double> get, Func<LinkImpairment, double, LinkImpairment> set) =>
        new(name, Expected(name), i => Number(get(i) * 100) + "%", (i, t) =>
            t.EndsWith('%') && TryNumber(t[..^1], 0, 100, out var v) ? set(i, v / 100) : null);

    private static string Expected(string name) =>
        TriggerParser.HasName(name) ? Percentage + ", or a packet such as data:3" : Percentage;

    private static Entry Time(
        string name, Func<LinkImpairment, TimeSpan> get, Func<LinkImpairment, TimeSpan, LinkImpairment> set) =>
        new(
            name, Duration, i => FormatTime(get(i)),
            (i, t) => TryTime(t, out var v) ? set(i, v) : null);

    public static string FormatTime(TimeSpan time) => Number(time.TotalMilliseconds) + "ms";

    public static bool TryTime(string text, out TimeSpan time)
    {
        (string Suffix, double Milliseconds)[] units = [("ms", 1), ("us", 0.001), ("s", 1000)];
        foreach (var (suffix, milliseconds) in units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            var isTime = TryNumber(text[..^suffix.Length], 0, 3_600_000 / milliseconds, out var number);
            // Rounded: what is written as 5.004 ms reads as that again.
            var ticks = Math.Round(number * milliseconds * TimeSpan.TicksPerMillisecond);
            time = isTime ? TimeSpan.FromTicks((long)ticks) : default;
            return isTime;
        }

        time = default;
        return false;
    }

    private static bool TryRate(string text, out long rate)
    {
        (string Suffix, long Bits)[] units = [("kbit", 1_000), ("mbit", 1_000_000), ("gbit", 1_000_000_000)];
        foreach (var (suffix, bits) in units)
        {
            if (!text.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            var isRate = TryNumber(text[..^suffix.Length], 1_000.0 / bits, 1_000_000_000_000.0 / bits, out var number);
            rate = isRate ? (long)Math.Round(number * bits) : 0;
            return isRate;
        }

        rate = 0;
        return false;
    }

    private static string FormatRate(long? rate) => rate is { } bits ? Number(bits / 1_000.0) + "kbit" : "";

    private static bool TryNumber(string text, double min, double max, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number)
        && number >= min && number <= max;

    private static bool TryWhole(string text, long min, long max, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number >= min && number <= max;

    private static string Number(IFormattable number) => number.ToString("0.##########", CultureInfo.InvariantCulture);

    private sealed record Entry(
        string Name, string Expects, Func<LinkImpairment, string> Format,
        Func<LinkImpairment, string, LinkImpairment?> Apply);
}
