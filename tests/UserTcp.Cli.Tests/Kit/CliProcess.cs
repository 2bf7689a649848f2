using System.Diagnostics;
using Xunit;

namespace UserTcp.Cli.Tests.Kit;

/// <summary>
/// Runs the built command as a process of its own, in a folder of its own, with nothing on standard input.
/// </summary>
internal sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("usertcp-cli-");

    /// <summary>Where it runs, and keeps its control sockets.</summary>
    public string Folder => _folder.FullName;

    public Task<Outcome> RunAsync(IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        RunUnderAsync([], arguments, environment);

    /// <summary>Runs the command by another one, which stands before it.</summary>
    public async Task<Outcome> RunUnderAsync(
        IEnumerable<string> wrapper, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        string[] words =
            [.. wrapper, "dotnet", Path.Combine(AppContext.BaseDirectory, "UserTcp.Cli.dll"), .. arguments];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Whatever other stacks this user runs meanwhile.
        start.Environment["USERTCP_CONTROL"] = Folder;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Timeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Outcome(process.ExitCode, await output, await error);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>It failed with this code and one line on standard error, which is returned.</summary>
    public string Refused(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode} instead of {exitCode}\n{Error}");
        Assert.Empty(Output);
        Assert.StartsWith("usertcp: ", Error, StringComparison.Ordinal);
        Assert.Equal(Error.Length - 1, Error.IndexOf('\n', StringComparison.Ordinal));
        return Error.TrimEnd('\n');
    }
}
