using System.Globalization;

namespace UserTcp.Fuzz;

/// <summary>The parsed command line.</summary>
internal sealed class Arguments
{
    public string? Target { get; private set; }

    public TimeSpan? Time { get; private set; }

    public (ulong First, ulong Last)? Range { get; private set; }

    /// <summary>The first input of a run with a time limit; by default derived from the clock.</summary>
    public ulong Seed { get; private set; } = (ulong)DateTimeOffset.UtcNow.ToUnixTimeSeconds() & 0x7FFF_FFFF;

    public int Jobs { get; private set; } = 1;

    public string Failures { get; private set; } = Path.Combine("artifacts", "fuzz");

    public string? Replay { get; private set; }

    public string? Learn { get; private set; }

    public bool IsJson { get; private set; }

    public bool Traces { get; private set; }

    public bool Lists { get; private set; }

    /// <summary>The error in the arguments, or null.</summary>
    public static string? TryParse(string[] args, out Arguments arguments)
    {
        var read = arguments = new Arguments();
        for (var i = 0; i < args.Length; i++)
        {
            var problem = args[i] switch
            {
                "--json" => Set(() => read.IsJson = true),
                "--trace" => Set(() => read.Traces = true),
                "--list" => Set(() => read.Lists = true),
                ['-', '-', ..] when i + 1 < args.Length => read.Take(args[i], args[++i]),
                ['-', ..] => $"'{args[i]}' is no option, or has no value",
                var name => read.SetTarget(name),
            };
            if (problem is not null)
                return problem;
        }

        return read.Check();
    }

    private static bool TryTime(string text, out TimeSpan time)
    {
        time = default;
        double? unit = text is [.., var last] ? last switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => null } : null;
        if (unit is null || !double.TryParse(
            text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var seconds = number * unit.Value;
        if (seconds is not (> 0 and <= 30 * 86_400))
            return false;
        time = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static bool TryNumber(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private string? Take(string name, string value)
    {
        switch (name)
        {
            case "--for" when TryTime(value, out var time):
                return Set(() => Time = time);
            case "--target":
                return SetTarget(value);
            case "--seed" when TryNumber(value, out var seed) && seed < 1UL << 31:
                return Set(() => Seed = seed);
            case "--jobs" when TryNumber(value, out var jobs) && jobs is >= 1 and <= 256:
                return Set(() => Jobs = (int)jobs);
            case "--range" when value.Split("..") is [var from, var to] && TryNumber(from, out var first)
                && TryNumber(to, out var last) && first <= last:
                return Set(() => Range = (first, last));
            case "--failures":
                return Set(() => Failures = value);
            case "--replay":
                return Set(() => Replay = value);
            case "--learn":
                return Set(() => Learn = value);
            default:
                return $"'{name} {value}' does not make sense";
        }
    }

    private string? SetTarget(string name)
    {
        Target = name;
        return Targets.Find(name) is null
            ? $"there is no target '{name}': use {string.Join(", ", Targets.Names)}"
            : null;
    }

    private string? Check()
    {
        if (Lists || Replay is not null)
            return null;
        if (Learn is not null)
            return Target is null || Time is null ? "--learn needs --target and --for" : null;
        if (Range is not null)
        {
            return Target is null
                ? "--range needs a target"
                : Time is not null ? "--range and --for exclude each other"
                : null;
        }

        return Time is null
            ? "say for how long (--for 10m), which inputs (TARGET --range 0..999), or which file (--replay FILE)"
            : null;
    }

    private static string? Set(Action change)
    {
        change();
        return null;
    }
}
