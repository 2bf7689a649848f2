using Microsoft.Extensions.Time.Testing;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Loop;

/// <summary>The options of stacks whose loops have no threads. The tests of UserTcp.Testing run such stacks.</summary>
public sealed class LoopRunnerTests
{
    [Fact]
    public async Task Another_clock_needs_a_runner()
    {
        var (near, _) = InMemoryLink.CreatePair();

        var error = await Assert.ThrowsAsync<ArgumentException>(async () => await UserTcpStack.StartAsync(
            new UserTcpStackOptions
            {
                Device = near,
                Addresses = [StackPair.ClientIPv4],
                TimeProvider = new FakeTimeProvider(),
            }));

        Assert.Contains("TimeProvider needs a LoopRunner", error.Message, StringComparison.Ordinal);
    }
}
