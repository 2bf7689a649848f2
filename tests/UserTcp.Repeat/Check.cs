using System.Diagnostics;
using System.Globalization;

namespace UserTcp.Repeat;

/// <summary>Runs the scenario in new processes, and counts the distinct outcomes.</summary>
internal static class Check
{
    /// <summary>Returns 0 when every process has passed with the same outcome, and 1 otherwise.</summary>
    public static async Task<int> RunAsync(CheckOptions options, CancellationToken cancellationToken)
    {
        var orders = new Dictionary<string, int>();
        var wires = new Dictionary<string, int>();
        var failures = 0;
        for (var i = 0; i < options.Processes; i++)
        {
            var (exitCode, order, wire) = await RunProcessAsync(options, cancellationToken);
            failures += exitCode == 0 ? 0 : 1;
            orders[order] = orders.GetValueOrDefault(order) + 1;
            wires[wire] = wires.GetValueOrDefault(wire) + 1;
        }

        var outcomes = options.OpenSsl ? wires : orders;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{outcomes.Values.Max()} of {options.Processes} the same ({orders.Count} distinct orders, {wires.Count} "
            + $"distinct with bytes), {failures} failed"));
        foreach (var (hash, count) in outcomes.OrderByDescending(outcome => outcome.Value).Take(5))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,6} x {hash}"));
        return outcomes.Count == 1 && failures == 0 ? 0 : 1;
    }

    private static async Task<(int ExitCode, string Order, string Wire)> RunProcessAsync(
        CheckOptions options, CancellationToken cancellationToken)
    {
        List<string> command =
        [
            Environment.ProcessPath!, typeof(Check).Assembly.Location, "run",
            "--seed", options.Seed.ToString(CultureInfo.InvariantCulture),
            "--hogs", options.Hogs.ToString(CultureInfo.InvariantCulture),
        ];
        if (options.OpenSsl)
            command.Add("--openssl");
        if (options.Cpu is { } cpu)
            command.InsertRange(0, ["taskset", "-c", cpu.ToString(CultureInfo.InvariantCulture)]);
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true };
        if (options.NoTiering)
            start.Environment["DOTNET_TieredCompilation"] = "0";
        using var process = Process.Start(start)!;
        var words = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Split(' ');
        await process.WaitForExitAsync(cancellationToken);
        return words.Length > 1 ? (process.ExitCode, words[0], words[1]) : (1, "none", "none");
    }
}
