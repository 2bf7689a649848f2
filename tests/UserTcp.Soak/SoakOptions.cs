using System.Globalization;

namespace UserTcp.Soak;

/// <summary>The options: duration, load and seed.</summary>
internal sealed record SoakOptions
{
    public const string Usage = """
        Usage: tools/soak [--for TIME] [--load SHARE] [--seed N]

        Runs a stack against the kernel's TCP, and two stacks against each other over a bad link, in a network namespace
        of their own. Watches memory, descriptors, threads, timers, blocks and connections. Prints a table and one JSON
        line. Exits with 0 when all data was right, nothing ended unexpectedly and nothing grew, else with 1.

          --for TIME    such as 90s, 20m or 2h (default 5m)
          --load SHARE  the share of the CPUs to use, above 0, up to 1 (default 0.4)
          --seed N      what traffic and faults are drawn from (default 1)
        """;

    private static readonly TimeSpan MinTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxTime = TimeSpan.FromDays(7);

    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(5);

    public double Load { get; init; } = 0.4;

    public ulong Seed { get; init; } = 1;

    /// <summary>The number of laps, after each of which the stacks have to become empty.</summary>
    public int Laps => Math.Clamp((int)(Time / TimeSpan.FromSeconds(30)), 1, 24);

    /// <summary>The time between two samples: some hundred in a run, up to two thousand.</summary>
    public TimeSpan SampleInterval => TimeSpan.FromSeconds(Math.Clamp(Time.TotalSeconds / 1500, 1, 60));

    /// <summary>Parses the command line; the problem has the remedy.</summary>
    public static bool TryParse(IReadOnlyList<string> arguments, out SoakOptions options, out string problem)
    {
        options = new SoakOptions();
        problem = "";
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var (name, value) = (arguments[i], i + 1 < arguments.Count ? arguments[i + 1] : "");
            switch (name)
            {
                case "--for" when TryParseTime(value, out var time):
                    options = options with { Time = time };
                    break;
                case "--load" when double.TryParse(
                    value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                    out var load) && load is > 0 and <= 1:
                    options = options with { Load = load };
                    break;
                case "--seed" when ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed):
                    options = options with { Seed = seed };
                    break;
                default:
                    problem = name switch
                    {
                        "--for" => $"--for: '{value}' is not a time from 5s to 168h, such as 90s, 20m or 2h",
                        "--load" => $"--load: '{value}' is not a share above 0, up to 1, such as 0.4",
                        "--seed" => $"--seed: '{value}' is not a whole number",
                        _ => $"there is no option '{name}'",
                    };
                    return false;
            }
        }

        return true;
    }

    private static bool TryParseTime(string text, out TimeSpan time)
    {
        time = default;
        var unit = text.Length == 0 ? TimeSpan.Zero : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            _ => TimeSpan.Zero,
        };
        if (unit == TimeSpan.Zero || !double.TryParse(
            text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        if (number > MaxTime / unit)
            return false;
        time = number * unit;
        return time >= MinTime;
    }
}
