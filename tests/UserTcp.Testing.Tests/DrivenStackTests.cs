using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Stacks whose loops have no threads: they live in the network's time.</summary>
public sealed class DrivenStackTests
{
    [Fact]
    public Task A_lost_SYN_is_retransmitted_after_a_second() => VirtualNetwork.RunAsync(async network =>
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        network.AddFault("drop syn:1 to server");

        await using var connection = await network.AddHost("client").ConnectAsync("server", 80);

        Assert.Equal(TimeSpan.FromMilliseconds(1002), network.Elapsed);
    });

    [Fact]
    public Task An_attempt_that_nobody_answers_ends_after_minutes() => VirtualNetwork.RunAsync(async network =>
    {
        network.AddHost("server");
        network.AddFault("drop to server");

        var error = await Assert.ThrowsAsync<SocketException>(
            async () => await network.AddHost("client").ConnectAsync("server", 80));

        Assert.Equal(SocketError.TimedOut, error.SocketErrorCode);
        Assert.InRange(network.Elapsed, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(4));
    });

    [Fact]
    public async Task The_seed_decides_every_byte()
    {
        var options = new VirtualNetworkOptions { Seed = 3, Impairment = LinkImpairment.Parse("loss=2%,delay=25ms") };
        var first = await VirtualNetwork.TryRunAsync(TransferAsync, options);
        var second = await VirtualNetwork.TryRunAsync(TransferAsync, options);
        var other = await VirtualNetwork.TryRunAsync(TransferAsync, options with { Seed = 4 });

        first.ThrowIfFailed();
        Assert.True(first.Trace.Lines.Count > 200);
        Assert.Equal(first.Trace.WireHash, second.Trace.WireHash);
        Assert.NotEqual(first.Trace.OrderHash, other.Trace.OrderHash);
    }

    [Fact]
    public Task Questions_are_answered_by_the_thread_that_asks() => VirtualNetwork.RunAsync(async network =>
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        var client = network.AddHost("client");
        await using var connection = await client.ConnectAsync("server", 80);

        Assert.Equal(TcpState.Established, connection.GetInfo().State);
        Assert.Equal(TcpState.Established, await Task.Run(() => connection.GetInfo().State));
        Assert.Single(client.Stack.GetConnections());
        var stack = client.Stack;
        client.Crash();
        await stack.Completion;
        Assert.Equal(TcpState.Closed, connection.GetInfo().State);
        Assert.Empty(stack.GetConnections());
    });

    [Fact]
    public Task The_connection_race_is_in_virtual_time() => VirtualNetwork.RunAsync(async network =>
    {
        // RFC 8305: the second address has its attempt 250 ms after the first.
        IPAddress[] addresses = [IPAddress.Parse("10.1.0.1"), IPAddress.Parse("10.1.0.2")];
        var server = network.AddHost("server", new VirtualHostOptions { Addresses = addresses });
        await using var listener = await server.ListenAsync(80);
        network.AddFault("the first address is dead", packet =>
            packet.Bytes[19] == 1 && packet.To == "server" ? VirtualVerdict.Drop : VirtualVerdict.Pass);

        await using var connection = await network.AddHost("client").ConnectAsync("server", 80);

        Assert.Equal(addresses[1], connection.RemoteEndPoint.Address);
        Assert.Equal(TimeSpan.FromMilliseconds(252), network.Elapsed);
    });

    private static async Task TransferAsync(VirtualNetwork network)
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        var accepting = listener.AcceptConnectionAsync();
        await using var client = await network.AddHost("client").ConnectAsync("server", 80);
        await using var server = await accepting;
        var data = new byte[300_000];
        network.CreateRandom("data").NextBytes(data);
        var sending = SendAsync(client, data);
        using var received = new MemoryStream();
        await server.GetStream().CopyToAsync(received);
        await sending;
        Assert.Equal(data, received.ToArray());
    }

    private static async Task SendAsync(UserTcpConnection client, byte[] data)
    {
        await client.GetStream().WriteAsync(data);
        client.CompleteWrites();
    }
}
