using System.Text.Json;
using UserTcp.Testing.Xunit.Results;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Children;

/// <summary>The one test for which this process was started; it writes its result for the process that waits.</summary>
internal sealed class ChildTest
{
    /// <summary>The unique id of the test.</summary>
    public const string TestVariable = "USERTCP_CHILD_TEST";

    /// <summary>The file for the result.</summary>
    public const string ResultVariable = "USERTCP_CHILD_RESULT";

    /// <summary>Give the process's pool one worker. The value is hexadecimal.</summary>
    public static readonly string[] WorkerVariables =
        ["DOTNET_ThreadPool_ForceMinWorkerThreads", "DOTNET_ThreadPool_ForceMaxWorkerThreads"];

    private readonly string _test;
    private readonly string _result;

    private ChildTest(string test, string result) => (_test, _result) = (test, result);

    /// <summary>The test; null in any other process.</summary>
    public static ChildTest? Current { get; } = Read();

    /// <summary>True when it is this one.</summary>
    public bool Runs(IXunitTest test) => test.UniqueID == _test;

    /// <summary>Writes the result of a test, unless it is another one.</summary>
    public void Write(IXunitTest test, RunRecord? record, string? skipReason, FailureDetails? failure)
    {
        if (Runs(test))
            File.WriteAllText(_result, JsonSerializer.Serialize(ChildResult.Of(record, skipReason, failure)));
    }

    private static ChildTest? Read()
    {
        var (test, result) = (
            Environment.GetEnvironmentVariable(TestVariable), Environment.GetEnvironmentVariable(ResultVariable));
        if (test is null || result is null)
            return null;
        // Processes that the test starts have nothing to do with it.
        foreach (var variable in (string[])[TestVariable, ResultVariable, .. WorkerVariables])
            Environment.SetEnvironmentVariable(variable, null);
        return new ChildTest(test, result);
    }
}
