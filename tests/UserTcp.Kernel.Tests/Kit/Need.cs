using UserTcp.Cli.Control;
using UserTcp.Cli.Doctor;
using UserTcp.Cli.Hosting;
using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// What a test needs of the machine. When it is missing, the test fails with the need and the remedy, before anything
/// else can fail for it. Under tools/test as a user other than root it is skipped instead.
/// </summary>
internal static class Need
{
    private const string Variable = "USERTCP_TEST_LEAVE_OUT";

    /// <summary>Programs that the test runs. Other words count for nothing.</summary>
    public static void Programs(params IEnumerable<string> words)
    {
        var problems = NeededProgram.All.Where(program => words.Contains(program.Name))
            .Select(program => program.FindProblem())
            .OfType<string>();
        Stop(string.Join(", ", problems), "run tools/test as root, which installs them");
    }

    /// <summary>
    /// root of the machine, and not only of a user namespace: the test makes device nodes, or becomes another user.
    /// </summary>
    public static void Root()
    {
        const int Id = 0;
        Stop(UserId.Effective() == Id ? "" : "the test needs root", "run tools/test as root");
    }

    /// <summary>A network namespace and the TUN node, as the lab uses them.</summary>
    public static void Lab()
    {
        var problem = TunNode.FindProblem() ?? (Isolation.FindCommand(out var reason) is null ? reason : "");
        Stop(problem, "run tools/usertcp doctor");
    }

    private static void Stop(string problem, string remedy)
    {
        if (problem.Length == 0)
            return;
        if (Environment.GetEnvironmentVariable(Variable) == "1")
            Assert.Skip(problem);
        Assert.Fail($"{problem}: {remedy}");
    }
}
