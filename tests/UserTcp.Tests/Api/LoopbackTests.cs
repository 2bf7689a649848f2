using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// A host reaches itself, at its own addresses and at the loopback ones, and the link carries none of it.
/// </summary>
public sealed class LoopbackTests
{
    private const int Length = 3 << 20;

    [Theory]
    [InlineData("198.18.0.2", 1)]
    [InlineData("2001:db8:75::2", 1)]
    [InlineData("127.0.0.1", 1)]
    [InlineData("::1", 1)]
    [InlineData("198.18.0.2", 4)]
    [InlineData("::1", 4)]
    public async Task A_host_connects_to_itself(string address, int queues)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Queues = queues });
        var stack = pair.Server;
        await using var listener = await stack.ListenAsync(new IPEndPoint(IPAddress.IPv6Any, 80)).OrFail();

        var accept = listener.AcceptConnectionAsync().OrFail();
        var client = await stack.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), 80)).OrFail();
        var server = await accept;

        Assert.Equal(IPAddress.Parse(address), client.LocalEndPoint.Address);
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
        await AssertCarriesBothWaysAsync(client, server);
        Assert.Equal(0, pair.Client.GetCounters()[Counter.FramesReceived]);
        await client.DisposeAsync();
        await server.DisposeAsync();
        await pair.NothingLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Segmentation_offload_and_checksums_make_no_difference(bool offload)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions
        {
            Link = new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: offload),
        });
        await using var listener = await pair.Server.ListenAsync(new IPEndPoint(IPAddress.Loopback, 80)).OrFail();

        var accept = listener.AcceptConnectionAsync().OrFail();
        var client = await pair.Server.ConnectAsync(listener.LocalEndPoint).OrFail();

        await AssertCarriesBothWaysAsync(client, await accept);
    }

    [Fact]
    [Trait("RFC9293", "MUST-10")]
    public async Task A_connection_from_an_end_point_to_itself_is_a_simultaneous_open()
    {
        await using var pair = await StackPair.StartAsync();
        var end = new IPEndPoint(StackPair.ServerIPv4, 4000);

        await using var both = await pair.Server.ConnectAsync(
            new UserTcpConnectionOptions { RemoteEndPoint = end, LocalEndPoint = end }).OrFail();

        await both.GetStream().WriteAsync("to myself"u8.ToArray()).OrFail();
        Assert.Equal("to myself"u8.ToArray(), await both.GetStream().ReadExactlyAsync(9));
    }

    [Fact]
    public async Task A_port_without_a_listener_refuses()
    {
        await using var pair = await StackPair.StartAsync();

        await ErrorAssert.AssertSocketAsync(
            SocketError.ConnectionRefused,
            () => pair.Server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, 80)).OrFail());
    }

    [Fact]
    public async Task Nobody_else_reaches_a_listener_on_the_loopback()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.Server.ListenAsync(new IPEndPoint(IPAddress.Loopback, 80)).OrFail();

        await ErrorAssert.AssertSocketAsync(
            SocketError.ConnectionRefused,
            () => pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4, 80)).OrFail());
    }

    [Fact]
    [Trait("RFC", "1122 section 3.2.1.3")]
    public async Task A_loopback_source_leads_nowhere_else()
    {
        await using var pair = await StackPair.StartAsync();

        await ErrorAssert.AssertSocketAsync(
            SocketError.InvalidArgument,
            () => pair.Client.ConnectAsync(new UserTcpConnectionOptions
            {
                RemoteEndPoint = new IPEndPoint(StackPair.ServerIPv4, 80),
                LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            }).OrFail());
    }

    private static async Task AssertCarriesBothWaysAsync(UserTcpConnection client, UserTcpConnection server)
    {
        var (forth, back) = (Payload.Random(Length, seed: 1), Payload.Random(Length, seed: 2));
        var received = Task.WhenAll(
            server.GetStream().ReadExactlyAsync(Length), client.GetStream().ReadExactlyAsync(Length));
        await Task.WhenAll(
            client.GetStream().WriteAsync(forth).AsTask(), server.GetStream().WriteAsync(back).AsTask()).OrFail();
        Assert.Equal([Payload.Hash(forth), Payload.Hash(back)], (await received).Select(Payload.Hash));
    }
}
