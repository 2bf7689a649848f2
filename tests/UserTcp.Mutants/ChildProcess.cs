using System.Diagnostics;

namespace UserTcp.Mutants;

/// <summary>The result of a program.</summary>
/// <param name="Status">Its exit status.</param>
/// <param name="Output">Its output; null after a timeout.</param>
internal readonly record struct Outcome(int Status, string? Output);

/// <summary>Runs programs with a timeout.</summary>
internal static class ChildProcess
{
    public static async Task<Outcome> RunAsync(
        string program, IEnumerable<string> arguments, string folder, TimeSpan timeout)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new Outcome(process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return new Outcome(1, null);
        }
    }
}
