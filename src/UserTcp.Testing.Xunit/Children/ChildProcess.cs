using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using UserTcp.Testing.Xunit.Results;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Children;

/// <summary>Runs one test in a process of its own, of the same test program, whose pool has one worker.</summary>
internal static class ChildProcess
{
    /// <summary>Characters of the output that are shown when there is no result.</summary>
    private const int MaxOutput = 4000;

    /// <summary>Time for the process beside the time limit of its test.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(10);

    /// <summary>Runs the test and returns its result.</summary>
    public static async Task<ChildResult> RunAsync(IXunitTest test)
    {
        var file = Path.Combine(Path.GetTempPath(), $"usertcp-{Guid.NewGuid():N}.json");
        try
        {
            var problem = await RunAsync(test, file).ConfigureAwait(false);
            return File.Exists(file)
                ? JsonSerializer.Deserialize<ChildResult>(await File.ReadAllTextAsync(file).ConfigureAwait(false))!
                : ChildResult.Of(record: null, skipReason: null, FailureDetails.Of(problem));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Waits for the process; returns what is wrong when it leaves no result.</summary>
    private static async Task<Exception> RunAsync(IXunitTest test, string result)
    {
        using var process = Process.Start(CreateStart(test, result))
            ?? throw new VirtualNetworkException(
                VirtualFailureKind.ProcessEnded, "The process for a virtual test did not start.");
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        if (test.Timeout > 0)
            limit.CancelAfter(TimeSpan.FromMilliseconds(test.Timeout) + _grace);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            return TestTimeoutException.ForTimedOutTest(test.Timeout);
        }

        var said = string.Concat(await error.ConfigureAwait(false), await output.ConfigureAwait(false));
        return new VirtualNetworkException(
            VirtualFailureKind.ProcessEnded,
            $"The process of the test ended with exit code {process.ExitCode} and without a result. It wrote:\n"
            + said[^Math.Min(said.Length, MaxOutput)..]);
    }

    private static ProcessStartInfo CreateStart(IXunitTest test, string result)
    {
        var program = Environment.ProcessPath
            ?? throw new VirtualNetworkException(
                VirtualFailureKind.Configuration, "The path of the test program is not known on this system.");
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(Assembly.GetEntryAssembly()!.Location);
        // This option reaches xunit's own runner in every test program.
        foreach (var argument in (string[])["-automated", "async", "-explicit", "on", "-run", Serialize(test)])
            start.ArgumentList.Add(argument);
        foreach (var variable in ChildTest.WorkerVariables)
            start.Environment[variable] = "1";
        start.Environment[ChildTest.TestVariable] = test.UniqueID;
        start.Environment[ChildTest.ResultVariable] = result;
        return start;
    }

    private static string Serialize(IXunitTest test) => SerializationHelper.Instance.Serialize(test.TestCase);
}
