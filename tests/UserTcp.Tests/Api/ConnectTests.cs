using System.Net;
using System.Net.Sockets;
using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Connections are established in both families and with any MTU, and carry data.</summary>
public sealed class ConnectTests
{
    [Fact]
    public async Task A_connection_echoes()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        await client.GetStream().WriteAsync("hello"u8.ToArray());
        await server.GetStream().WriteAsync(await server.GetStream().ReadExactlyAsync(5));

        Assert.Equal("hello"u8.ToArray(), await client.GetStream().ReadExactlyAsync(5));
    }

    [Fact]
    public async Task Both_ends_know_both_end_points()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync(port: 80);

        var (client, server) = await pair.ConnectAsync(listener);

        Assert.Equal(new IPEndPoint(StackPair.ServerIPv4, 80), client.RemoteEndPoint);
        Assert.Equal(StackPair.ClientIPv4, client.LocalEndPoint.Address);
        Assert.Equal(client.RemoteEndPoint, server.LocalEndPoint);
        Assert.Equal(client.LocalEndPoint, server.RemoteEndPoint);
    }

    [Fact]
    public async Task The_local_end_point_may_be_chosen()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();
        var local = new IPEndPoint(StackPair.ClientIPv4, 4321);

        await using var client = await pair.Client.ConnectAsync(
            new UserTcpConnectionOptions { RemoteEndPoint = listener.LocalEndPoint, LocalEndPoint = local }).OrFail();

        Assert.Equal(local, client.LocalEndPoint);
    }

    [Fact]
    public async Task IPv6_works_like_IPv4()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.Server.ListenAsync(new IPEndPoint(StackPair.ServerIPv6, 80)).OrFail();

        var (client, server) = await pair.ConnectAsync(listener);

        Assert.Equal(StackPair.ClientIPv6, server.RemoteEndPoint.Address);
        await AssertCarriesAsync(client, server);
    }

    [Fact]
    public async Task A_listener_on_any_IPv6_address_accepts_both_families()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.Server.ListenAsync(new IPEndPoint(IPAddress.IPv6Any, 80)).OrFail();

        foreach (var address in new[] { StackPair.ServerIPv4, StackPair.ServerIPv6 })
        {
            var accept = listener.AcceptConnectionAsync().OrFail();
            var client = await pair.Client.ConnectAsync(new IPEndPoint(address, 80)).OrFail();
            var server = await accept;
            Assert.Equal(address, server.LocalEndPoint.Address);
            await AssertCarriesAsync(client, server);
        }
    }

    [Fact]
    public async Task A_listener_on_any_IPv4_address_leaves_IPv6_alone()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.Server.ListenAsync(new IPEndPoint(IPAddress.Any, 80)).OrFail();

        await using var client = await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4, 80)).OrFail();

        await ErrorAssert.AssertSocketAsync(
            SocketError.ConnectionRefused,
            () => pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv6, 80)).OrFail());
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(9000, true)]
    [InlineData(65535, true)]
    [InlineData(65535, false)]
    public async Task A_link_may_have_any_MTU_and_checksums_or_not(int mtu, bool checksumOffload)
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { Link = new LinkProperties(mtu, checksumOffload) });
        var (client, server) = await pair.ConnectAsync();

        Assert.Equal(mtu - 40, client.GetInfo().SendMss);
        await AssertCarriesAsync(client, server);
    }

    [Fact]
    public async Task An_IPv4_mapped_IPv6_address_is_an_IPv4_address()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync(port: 80);

        await using var client = await pair.Client.ConnectAsync(new IPEndPoint(StackPair.ServerIPv4.MapToIPv6(), 80))
            .OrFail();

        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
    }

    [Fact]
    public async Task A_host_name_is_resolved_and_its_addresses_are_tried_in_order()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions
        {
            Resolver = host => host == "server" ? [StackPair.ServerIPv6, StackPair.ServerIPv4] : [],
        });
        await using var listener = await pair.ListenAsync(port: 80);

        await using var client = await pair.Client.ConnectAsync(new DnsEndPoint("server", 80)).OrFail();

        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
        await ErrorAssert.AssertSocketAsync(
            SocketError.HostNotFound, () => pair.Client.ConnectAsync(new DnsEndPoint("nobody", 80)).OrFail());
    }

    [Fact]
    public async Task A_host_name_may_be_an_address()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync(port: 80);

        await using var client = await pair.Client.ConnectAsync(new DnsEndPoint(StackPair.ServerIPv4.ToString(), 80))
            .OrFail();

        Assert.Equal(listener.LocalEndPoint, client.RemoteEndPoint);
    }

    [Fact]
    public async Task Nagles_algorithm_can_be_disabled_and_enabled()
    {
        await using var pair = await StackPair.StartAsync();
        var (client, server) = await pair.ConnectAsync();

        Assert.False(client.NoDelay);
        client.NoDelay = true;

        Assert.True(client.NoDelay);
        await AssertCarriesAsync(client, server);
    }

    private static async Task AssertCarriesAsync(UserTcpConnection client, UserTcpConnection server)
    {
        var data = Payload.Random(300_000, seed: 1);
        var received = server.GetStream().ReadExactlyAsync(data.Length);
        await client.GetStream().WriteAsync(data).OrFail();
        Assert.Equal(Payload.Hash(data), Payload.Hash(await received));
    }
}
