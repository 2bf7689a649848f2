using System.Diagnostics;
using System.Reflection;
using UserTcp.Testing.Xunit.Tests.Specimens;
using Xunit;

namespace UserTcp.Testing.Xunit.Tests.Kit;

/// <summary>Runs tests of this program in a process of its own, those that fail on purpose included.</summary>
internal static class TestProgram
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs one specimen.</summary>
    public static Task<Outcome> RunAsync(string specimen, params (string Name, string Value)[] variables) =>
        RunAsync([Specimen.MethodOption, $"{typeof(Specimen).FullName}.{specimen}", "-explicit", "only"], variables);

    /// <summary>Runs with these arguments, and removes the captures of the failures.</summary>
    public static async Task<Outcome> RunAsync(string[] arguments, params (string Name, string Value)[] variables)
    {
        var temporary = Directory.CreateTempSubdirectory("usertcp-");
        try
        {
            return await StartAsync(arguments, [.. variables, ("TMPDIR", temporary.FullName)]);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private static async Task<Outcome> StartAsync(string[] arguments, List<(string Name, string Value)> variables)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (var argument in (string[])["-noColor", "-noLogo", .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(_limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Outcome(process.ExitCode, await output + await error);
    }

    internal sealed record Outcome(int ExitCode, string Output);
}
