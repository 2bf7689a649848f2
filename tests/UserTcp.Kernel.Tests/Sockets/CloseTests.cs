using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Sockets;

/// <summary>
/// Each direction closes on its own; the side that closes first enters TIME-WAIT (RFC 9293 section 3.6).
/// </summary>
public sealed class CloseTests
{
    private static readonly byte[] Question = "question"u8.ToArray();

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    [Trait("RFC9293", "MAY-1")]
    public async Task The_stack_sends_on_after_the_kernels_FIN(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.KernelOpensAsync(family);
        using var stream = kernel.AsStream();
        var answer = Payload.Random(2_000_000, seed: 1);

        await kernel.SendAllAsync(Question);
        Assert.Equal(Question, await connection.GetStream().ReadToEndAsync());
        Assert.Equal(TcpState.CloseWait, connection.State());
        var received = stream.HashToEndAsync();
        await connection.SendAllAsync(answer);

        Assert.Equal(Payload.Hash(answer), await received);
        await link.NothingLeftAsync();
        link.AssertNothingWentWrong();
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task The_kernel_sends_on_after_the_stacks_FIN(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.StackOpensAsync(family);
        using var stream = kernel.AsStream();
        var answer = Payload.Random(2_000_000, seed: 1);

        await connection.SendAllAsync(Question);
        Assert.Equal(Question, await stream.ReadToEndAsync());
        await connection.WritesClosed.OrFail();
        Assert.Equal(TcpState.FinWait2, connection.State());
        Assert.Equal([KernelTable.CloseWait], link.Network.States());
        var received = connection.GetStream().HashToEndAsync();
        await kernel.SendAllAsync(answer);

        Assert.Equal(Payload.Hash(answer), await received);
        await link.NothingLeftAsync();
        link.AssertNothingWentWrong();
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task The_kernel_closes_first_and_enters_TIME_WAIT(AddressFamily family)
    {
        await using var link = await KernelLink.StartAsync();
        var (kernel, connection) = await link.KernelOpensAsync(family);

        kernel.Dispose();
        Assert.Empty(await connection.GetStream().ReadToEndAsync());
        await connection.DisposeAsync();

        await link.NothingLeftAsync();
        await Until.TrueAsync(() => link.Network.States() is [KernelTable.TimeWait]);
        Assert.Equal(0, link.Count(Counter.TimeWaits));
        Assert.Equal(0, link.Count(Counter.ResetsSent));
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    [Trait("RFC9293", "MUST-13")]
    public async Task The_stack_closes_first_and_stays_in_TIME_WAIT_for_2_MSL(AddressFamily family)
    {
        var msl = TimeSpan.FromMilliseconds(400);
        await using var link = await KernelLink.StartAsync(
            new KernelLinkOptions { Engine = new EngineOptions { MaxSegmentLifetime = msl } });
        var (kernel, connection) = await link.KernelOpensAsync(family);

        await connection.DisposeAsync();
        Assert.Equal(0, await kernel.ReceiveAsync(new byte[1]).OrFail());
        kernel.Dispose();

        await Until.TrueAsync(() => link.Stack.GetConnections() is [{ State: TcpState.TimeWait }]);
        var entry = Assert.Single(link.Stack.GetConnections());
        // The remaining time is rounded up to a millisecond.
        Assert.InRange(entry.TimeWaitLeft!.Value, TimeSpan.FromTicks(1), (2 * msl) + TimeSpan.FromMilliseconds(1));
        Assert.Empty(link.Network.States());
        await link.NothingLeftAsync();
        Assert.Equal(1, link.Count(Counter.TimeWaits));
    }

    [Fact]
    public async Task Both_may_close_at_once()
    {
        // The FINs may cross in any round; after every round no connection is left.
        await using var link = await KernelLink.StartAsync();
        await using var listener = await link.ListenAsync();
        for (var round = 0; round < 100; round++)
        {
            var (kernel, connection) = await link.KernelOpensAsync(listener);
            await Task.WhenAll(
                Task.Run(() => kernel.Shutdown(SocketShutdown.Send)), Task.Run(connection.CompleteWrites))
                .OrFail();
            Assert.Equal(0, await kernel.ReceiveAsync(new byte[1]).OrFail());
            Assert.Empty(await connection.GetStream().ReadToEndAsync());
            await connection.WritesClosed.OrFail();
            kernel.Dispose();
            await connection.DisposeAsync();
        }

        await link.NothingLeftAsync();
        // An unacknowledged FIN may be retransmitted after TIME-WAIT has ended here; a RST answers it.
        Assert.Equal(0, link.Count(Counter.ResetsSent));
        link.AssertNothingWentWrong();
    }

    [Fact]
    public async Task FINs_that_cross_lead_both_ends_to_TIME_WAIT()
    {
        Gate gate = null!;
        await using var link = await KernelLink.StartAsync(new KernelLinkOptions
        {
            Decorate = device => gate = new Gate(device),
            Engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromMilliseconds(300) },
        });
        var (kernel, connection) = await link.KernelOpensAsync();
        var port = ((IPEndPoint)kernel.LocalEndPoint!).Port;

        // Both FINs are sent before either arrives: the gate holds ours, the kernel's is queued.
        gate.Close();
        connection.CompleteWrites();
        await Until.TrueAsync(() => gate.Held > 0);
        kernel.Shutdown(SocketShutdown.Send);
        gate.Open();

        await Task.WhenAll(connection.ReadsClosed, connection.WritesClosed).OrFail();
        await Until.TrueAsync(() => link.Network.States(port) is [KernelTable.TimeWait]);
        Assert.Equal(TcpState.TimeWait, Assert.Single(link.Stack.GetConnections()).State);
        kernel.Dispose();
        await link.NothingLeftAsync();
    }

    [Fact]
    public async Task The_kernel_can_reuse_a_port_in_TIME_WAIT()
    {
        await using var link = await KernelLink.StartAsync(
            new KernelLinkOptions { Engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromSeconds(20) } });
        await using var listener = await link.ListenAsync();
        var local = new IPEndPoint(KernelLink.KernelIPv4, 40_000);
        for (var round = 0; round < 5; round++)
        {
            // The same four-tuple, which is in TIME-WAIT here (RFC 9293 section 3.6.1, MAY-2).
            var (kernel, connection) = await link.KernelOpensAsync(listener, socket => socket.Bind(local));
            await connection.DisposeAsync();
            Assert.Equal(0, await kernel.ReceiveAsync(new byte[1]).OrFail());
            kernel.Dispose();
            await Until.TrueAsync(() => link.Stack.GetConnections().Any(waiting => waiting.State == TcpState.TimeWait));
        }

        Assert.Equal(5, link.Count(Counter.TimeWaits));
    }
}
