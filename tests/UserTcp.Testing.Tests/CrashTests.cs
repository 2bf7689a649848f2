using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Hosts that crash, applications that are killed, and how they come back.</summary>
public sealed class CrashTests
{
    [Fact]
    public Task A_rule_says_how_long_a_host_is_down() => VirtualNetwork.RunAsync(async network =>
    {
        var server = await network.AddHostAsync("server", async host => await EchoServer.StartAsync(host));
        var client = network.AddHost("client");
        network.AddFault("crash server for 2s on data:1 from client");
        await using var connection = await client.ConnectAsync("server", 7);

        await connection.GetStream().WriteAsync(new byte[1]);
        await Task.Delay(TimeSpan.FromSeconds(1.9), network.TimeProvider);
        Assert.False(server.IsUp);
        await Task.Delay(TimeSpan.FromSeconds(0.2), network.TimeProvider);

        Assert.True(server.IsUp);
        Assert.Equal(2, server.Starts);
        await EchoAsync(client);
    });

    [Fact]
    public Task A_host_that_the_test_has_restarted_is_not_restarted_by_the_rule() =>
        VirtualNetwork.RunAsync(async network =>
        {
            var server = await network.AddHostAsync("server", async host => await EchoServer.StartAsync(host));
            network.AddFault("crash server for 2s on syn:1");
            var connecting = network.AddHost("client").ConnectAsync("server", 7);
            await Task.Delay(TimeSpan.FromMilliseconds(1), network.TimeProvider);

            await server.RestartAsync();
            await (await connecting).DisposeAsync();
            await Task.Delay(TimeSpan.FromSeconds(3), network.TimeProvider);

            Assert.Equal(2, server.Starts);
        });

    [Fact]
    public async Task An_application_that_does_not_start_again_ends_the_test()
    {
        var result = await VirtualNetwork.TryRunAsync(
            async network =>
            {
                await network.AddHostAsync("server", async host => host.Starts == 1
                    ? await EchoServer.StartAsync(host)
                    : throw new InvalidDataException("broken"));
                network.AddFault("crash server for 1s on syn:1");
                await network.AddHost("client").ConnectAsync("server", 7);
            },
            new VirtualNetworkOptions { Captures = null });

        Assert.IsType<InvalidDataException>(result.Error);
    }

    [Fact]
    public Task A_killed_application_ends_its_connections_with_FIN_and_the_host_refuses_others() =>
        VirtualNetwork.RunAsync(async network =>
        {
            var server = await network.AddHostAsync("server", async host => await EchoServer.StartAsync(host));
            var client = network.AddHost("client");
            await using var connection = await client.ConnectAsync("server", 7);
            var reading = connection.GetStream().ReadAsync(new byte[1]);
            await Task.Delay(TimeSpan.FromMilliseconds(10), network.TimeProvider);

            var killing = server.KillAsync();

            Assert.Equal(0, await reading);
            await connection.DisposeAsync();
            await killing;
            Assert.True(server.IsUp);
            var error = await Assert.ThrowsAsync<SocketException>(async () => await client.ConnectAsync("server", 7));
            Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
            await server.RestartAsync();
            await EchoAsync(client);
            Assert.Equal("kill server", Assert.Single(network.Strikes).Fault);
        });

    [Fact]
    public Task A_rule_kills_an_application_after_the_packet_was_sent() => VirtualNetwork.RunAsync(async network =>
    {
        var server = await network.AddHostAsync("server", async host => await EchoServer.StartAsync(host));
        var client = network.AddHost("client");
        network.AddFault("kill server for 100ms on data:1 from server");
        await using var connection = await client.ConnectAsync("server", 7);

        await connection.GetStream().WriteAsync("x"u8.ToArray());
        var received = new byte[2];

        Assert.Equal(1, await connection.GetStream().ReadAtLeastAsync(received, 2, throwOnEndOfStream: false));
        await Task.Delay(TimeSpan.FromSeconds(2), network.TimeProvider);
        Assert.Equal(2, server.Starts);
        await EchoAsync(client);
    });

    [Fact]
    public async Task A_crash_by_the_test_is_a_strike_of_the_report()
    {
        var result = await VirtualNetwork.TryRunAsync(
            async network =>
            {
                var server = network.AddHost("server");
                await Task.Delay(TimeSpan.FromSeconds(1), network.TimeProvider);
                server.Crash();
                server.Crash();
                throw new InvalidDataException("mine");
            },
            new VirtualNetworkOptions { Captures = null });

        Assert.Contains("    1000.000 ms  crash server: by the test", result.Report, StringComparison.Ordinal);
        Assert.Single(result.Strikes);
        Assert.Equal(["    1000.000 ms  server crashes"], result.Trace.Lines);
    }

    [Fact]
    public Task An_application_of_the_tests_own_cannot_start_again() => VirtualNetwork.RunAsync(async network =>
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseVirtualNetwork(network, "api");
        await using var app = builder.Build();
        await app.StartAsync();
        var host = network.GetHost("api");
        host.Crash();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.RestartAsync());

        Assert.StartsWith(
            "The host api cannot start again: the test has started its application by itself, which runs once. Start "
            + "it in the function of VirtualNetwork.AddHostAsync or VirtualHost.StartAsync",
            error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public Task A_host_listens_at_IPv6_as_well() => VirtualNetwork.RunAsync(async network =>
    {
        IPAddress[] addresses = [IPAddress.Parse("10.1.0.1"), IPAddress.Parse("fd00::1")];
        var server = network.AddHost("server", new VirtualHostOptions { Addresses = addresses });
        var client = network.AddHost(
            "client",
            new VirtualHostOptions { Addresses = [IPAddress.Parse("10.1.0.2"), IPAddress.Parse("fd00::2")] });
        await using var listener = await server.ListenAsync(80);

        foreach (var address in addresses)
        {
            await using var connection = await client.Stack.ConnectAsync(new IPEndPoint(address, 80));
            Assert.Equal(address, connection.RemoteEndPoint.Address);
        }
    });

    private static async Task EchoAsync(VirtualHost client)
    {
        await using var connection = await client.ConnectAsync("server", 7);
        await connection.GetStream().WriteAsync("again"u8.ToArray());
        var echo = new byte[5];
        await connection.GetStream().ReadExactlyAsync(echo);
        Assert.Equal("again"u8.ToArray(), echo);
    }
}
