using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace UserTcp.Samples.Tests;

/// <summary>A program of the folder samples, as it was built.</summary>
/// <param name="Name">The name of its folder.</param>
/// <param name="Assembly">The path of its assembly.</param>
internal sealed record Sample(string Name, string Assembly)
{
    private const string Prefix = "Sample ";

    /// <summary>All samples by name.</summary>
    public static IReadOnlyDictionary<string, Sample> All { get; } =
        typeof(Sample).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Where(entry => entry.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(entry => new Sample(entry.Key[Prefix.Length..], entry.Value!))
            .ToDictionary(sample => sample.Name);

    /// <summary>Runs the sample to its end, and returns what it printed.</summary>
    public Task<Outcome> RunAsync() => RunAsync("dotnet", Assembly);

    /// <summary>Runs a program to its end, and kills it when that takes too long.</summary>
    public static async Task<Outcome> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["NO_COLOR"] = "1" },
        };
        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.Start();
        try
        {
            process.StandardInput.Close();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            await process.WaitForExitAsync().OrFail();
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        lock (output)
            return new Outcome(process.ExitCode, output.ToString());
    }

    private static void Append(StringBuilder output, string? line)
    {
        if (line is null)
            return;
        lock (output)
            output.Append(line).Append('\n');
    }
}

/// <summary>How a program ended, and its standard output and standard error.</summary>
internal sealed record Outcome(int ExitCode, string Output)
{
    public IEnumerable<string> Lines => Output.Split('\n').Select(line => line.Trim());
}
