using System.Text;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Hosts, their connections, and the network's time.</summary>
public sealed class VirtualNetworkTests
{
    [Fact]
    public Task A_handshake_takes_a_round_trip_of_virtual_time() => VirtualNetwork.RunAsync(async network =>
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);

        await using var connection = await network.AddHost("client").ConnectAsync("server", 80);

        Assert.Equal(TimeSpan.FromMilliseconds(2), network.Elapsed);
    });

    [Fact]
    public Task Data_arrives_at_the_other_host() => VirtualNetwork.RunAsync(async network =>
    {
        await using var listener = await network.AddHost("server").ListenAsync(80);
        var accepting = listener.AcceptConnectionAsync();
        await using var client = await network.AddHost("client").ConnectAsync("server.test", 80);
        await using var server = await accepting;

        await client.GetStream().WriteAsync("hello"u8.ToArray());
        client.CompleteWrites();
        using var reader = new StreamReader(server.GetStream(), Encoding.UTF8);

        Assert.Equal("hello", await reader.ReadToEndAsync());
    });
}
