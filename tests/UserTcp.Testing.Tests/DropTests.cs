using System.Net;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Packets that vanish without a fault are listed, with the reason.</summary>
public sealed class DropTests
{
    private static readonly VirtualNetworkOptions _options = new() { Captures = null };

    [Fact]
    public async Task A_packet_larger_than_the_links_MTU_is_listed()
    {
        var result = await VirtualNetwork.TryRunAsync(
            async network =>
            {
                await using var listener = await network.AddHost("server").ListenAsync(80);
                var client = network.AddHost("client");
                await using var connection = await client.ConnectAsync("server", 80);
                client.Link.Outbound.Impairment = LinkImpairment.Parse("delay=1ms,mtu=500");
                await connection.GetStream().WriteAsync(new byte[900]);
                await Task.Delay(TimeSpan.FromSeconds(1), network.TimeProvider);
                throw new InvalidDataException("mine");
            },
            _options);

        Assert.Equal("larger than the MTU of the link from client (500 bytes)", result.Drops[0].Reason);
        Assert.Contains(
            $"Packets that were dropped for another reason:\n{result.Drops[0]}; {result.Drops.Count - 1} more",
            result.Report, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_packet_larger_than_the_receivers_MTU_is_listed() => VirtualNetwork.RunAsync(
        network =>
        {
            network.AddHost("server", new VirtualHostOptions { Mtu = 1000 }).Accept(new byte[1001]);

            Assert.Equal("larger than the MTU of server (1000 bytes)", Assert.Single(network.Drops).Reason);
            return Task.CompletedTask;
        },
        _options);

    [Fact]
    public Task A_packet_to_a_host_that_is_down_is_listed() => VirtualNetwork.RunAsync(
        async network =>
        {
            network.AddHost("server").Crash();
            using var cancellation = new CancellationTokenSource(TimeSpan.FromSeconds(2), network.TimeProvider);

            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await network.AddHost("client").ConnectAsync("server", 80, cancellation.Token));

            Assert.Equal(2, network.Drops.Count);
            Assert.All(network.Drops, drop => Assert.Equal("server is down", drop.Reason));
            Assert.Contains(network.Trace.Lines, line => line.EndsWith(
                $"  dropped: {network.Drops[0].Packet}: server is down", StringComparison.Ordinal));
        },
        _options);

    [Fact]
    public Task A_packet_to_an_address_that_no_host_has_is_listed() => VirtualNetwork.RunAsync(
        async network =>
        {
            using var cancellation = new CancellationTokenSource(TimeSpan.FromSeconds(0.5), network.TimeProvider);
            var nobody = new IPEndPoint(IPAddress.Parse("10.9.9.9"), 80);

            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await network.AddHost("client").Stack.ConnectAsync(nobody, cancellation.Token));

            Assert.Equal("no host has the address 10.9.9.9", Assert.Single(network.Drops).Reason);
            Assert.Equal(1, network.DefaultSwitch.Unroutable);
        },
        _options);

    [Fact]
    public Task A_packet_on_a_link_that_is_down_is_listed() => VirtualNetwork.RunAsync(
        async network =>
        {
            await using var listener = await network.AddHost("server").ListenAsync(80);
            var client = network.AddHost("client");
            client.Link.IsDown = true;
            var connecting = client.ConnectAsync("server", 80);
            await Task.Delay(TimeSpan.FromSeconds(0.5), network.TimeProvider);
            client.Link.IsDown = false;
            await using var connection = await connecting;

            Assert.Equal("the link from client is down", Assert.Single(network.Drops).Reason);
        },
        _options);

    [Fact]
    public Task What_hosts_send_when_the_test_is_over_is_not_listed() => VirtualNetwork.RunAsync(
        async network =>
        {
            await using var listener = await network.AddHost("server").ListenAsync(80);
            await network.AddHost("client").ConnectAsync("server", 80);
            Assert.Empty(network.Drops);
        },
        _options);
}
