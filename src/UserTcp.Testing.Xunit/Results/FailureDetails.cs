using Xunit.Sdk;
using Xunit.v3;

namespace UserTcp.Testing.Xunit.Results;

/// <summary>
/// A failure as xunit reports it: an exception and those inside of it, in parallel arrays. It can be sent between
/// processes.
/// </summary>
internal sealed record FailureDetails(
    string?[] Types, string[] Messages, string?[] StackTraces, int[] Parents, FailureCause Cause)
{
    private const string Rethrown = "--- End of stack trace from previous location ---";

    /// <summary>What stands between the user's method and the runner.</summary>
    private static readonly string[] _machinery =
    [
        "at UserTcp.Testing.Running.", "at UserTcp.Testing.Xunit.Running.", "at Xunit.v3.",
        "at System.Reflection.", "at System.RuntimeMethodHandle.", "at InvokeStub_",
    ];

    /// <summary>The details of an exception.</summary>
    public static FailureDetails Of(Exception error)
    {
        if (error is ReportedFailureException reported)
            return reported.Details;
        var (types, messages, stackTraces, parents, cause) = ExceptionUtility.ExtractMetadata(error);
        // A failed assertion stays one inside of the report.
        if (error is VirtualNetworkException { InnerException: { } inner })
            cause = ExceptionUtility.ExtractMetadata(inner).Cause;
        return new FailureDetails(types, messages, [.. stackTraces.Select(Clean)], parents, cause);
    }

    /// <summary>The message for the runner.</summary>
    public TestFailed ToMessage(IXunitTest test, decimal executionTime, string output, string[]? warnings) => new()
    {
        AssemblyUniqueID = test.TestCase.TestCollection.TestAssembly.UniqueID,
        Cause = Cause,
        ExceptionParentIndices = Parents,
        ExceptionTypes = Types,
        ExecutionTime = executionTime,
        FinishTime = DateTimeOffset.UtcNow,
        Messages = Messages,
        Output = output,
        StackTraces = StackTraces,
        TestCaseUniqueID = test.TestCase.UniqueID,
        TestClassUniqueID = test.TestCase.TestClass.UniqueID,
        TestCollectionUniqueID = test.TestCase.TestCollection.UniqueID,
        TestMethodUniqueID = test.TestCase.TestMethod.UniqueID,
        TestUniqueID = test.UniqueID,
        Warnings = warnings,
    };

    /// <summary>The frames of the user's code and of the libraries that it calls.</summary>
    private static string? Clean(string? stackTrace)
    {
        if (stackTrace is null)
            return null;
        var lines = new List<string>();
        foreach (var line in stackTrace.Split('\n').Select(line => line.TrimEnd()))
        {
            var frame = line.TrimStart();
            if (_machinery.Any(part => frame.StartsWith(part, StringComparison.Ordinal)))
                continue;
            if (frame != Rethrown || lines is [.., not Rethrown])
                lines.Add(line);
        }

        if (lines is [.., Rethrown])
            lines.RemoveAt(lines.Count - 1);
        return string.Join(Environment.NewLine, lines);
    }
}
