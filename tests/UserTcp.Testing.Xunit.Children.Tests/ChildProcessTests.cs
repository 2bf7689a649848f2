using UserTcp.Testing.Xunit.Tests.Kit;
using UserTcp.Testing.Xunit.Tests.Specimens;
using Xunit;

namespace UserTcp.Testing.Xunit.Children.Tests;

/// <summary>A project with UserTcpVirtualTests = ChildProcesses.</summary>
public sealed class ChildProcessTests
{
    private static int s_process;

    [Fact]
    public void The_test_process_keeps_its_pool()
    {
        ThreadPool.GetMaxThreads(out var workers, out _);

        Assert.InRange(workers, 2, int.MaxValue);
        Assert.Equal("ChildProcesses", AppContext.GetData("UserTcp.Testing.VirtualTests"));
    }

    [VirtualFact]
    public void A_virtual_test_has_a_process_with_one_worker()
    {
        ThreadPool.GetMaxThreads(out var workers, out _);

        Assert.Equal(1, workers);
        Assert.Equal(1, Interlocked.Increment(ref s_process));
    }

    [VirtualFact]
    public void Another_virtual_test_has_another_process() => Assert.Equal(1, Interlocked.Increment(ref s_process));

    [VirtualFact]
    public void Its_own_processes_are_not_limited() =>
        Assert.Null(Environment.GetEnvironmentVariable("DOTNET_ThreadPool_ForceMaxWorkerThreads"));

    [VirtualFact(Level = VirtualLevel.Fates)]
    public void The_fates_of_packets_need_no_process()
    {
        ThreadPool.GetMaxThreads(out var workers, out _);

        Assert.InRange(workers, 2, int.MaxValue);
    }

    [Fact]
    public async Task A_process_that_ends_early_fails_its_test()
    {
        var (exitCode, output) = await TestProgram.RunAsync(nameof(Specimen.Ends_the_process));

        Assert.Equal(1, exitCode);
        Assert.Contains(
            "The process of the test ended with exit code 3 and without a result", output, StringComparison.Ordinal);
    }
}
