using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UserTcp;
using UserTcp.Impairment;
using Xunit;

namespace BadNetwork;

/// <summary>A service and its client on a network that loses packets, without root and without a device.</summary>
public sealed class BadNetworkTests
{
    private static readonly IPEndPoint Service = new(IPAddress.Parse("192.0.2.1"), 7);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_arrives_whole_although_packets_are_lost_and_reordered()
    {
        await using var network = await Network.StartAsync("loss=3%,reorder=5%,delay=2ms,seed=7");
        await using var listener = await network.Server.ListenAsync(Service, Cancelled);
        var upload = RandomNumberGenerator.GetBytes(1 << 20);

        var sending = Task.Run(
            async () =>
            {
                await using var stream = (await network.Client.ConnectAsync(Service, Cancelled)).GetStream();
                await stream.WriteAsync(upload, Cancelled);
            },
            Cancelled);
        await using var connection = await listener.AcceptConnectionAsync(Cancelled);
        var received = new MemoryStream();
        await connection.GetStream().CopyToAsync(received, Cancelled);
        await sending;

        Assert.Equal(upload, received.ToArray());
    }

    [Fact]
    public async Task A_client_gives_up_when_the_network_is_dead()
    {
        await using var network = await Network.StartAsync("loss=100%");
        var options = new UserTcpConnectionOptions
        {
            RemoteEndPoint = Service,
            UserTimeout = TimeSpan.FromMilliseconds(200),
        };

        var error = await Assert.ThrowsAsync<SocketException>(
            () => network.Client.ConnectAsync(options, Cancelled).AsTask());

        Assert.Equal(SocketError.TimedOut, error.SocketErrorCode);
    }

    /// <summary>Two stacks at the ends of a link with the same impairment in both directions.</summary>
    private sealed record Network(UserTcpStack Server, UserTcpStack Client) : IAsyncDisposable
    {
        public static async Task<Network> StartAsync(string impairment)
        {
            var (serverEnd, clientEnd) = InMemoryLink.CreatePair();
            var server = await UserTcpStack.StartAsync(
                new() { Device = serverEnd, Addresses = [Service.Address] }, Cancelled);
            var client = await UserTcpStack.StartAsync(
                new()
                {
                    Device = new ImpairedDevice(clientEnd, LinkImpairment.Parse(impairment)),
                    Addresses = [IPAddress.Parse("192.0.2.2")],
                },
                Cancelled);
            return new Network(server, client);
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
