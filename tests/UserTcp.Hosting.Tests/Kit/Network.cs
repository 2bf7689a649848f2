using System.Net;
using UserTcp.Engine.Contract;

namespace UserTcp.Hosting.Tests.Kit;

/// <summary>A link in memory: a peer's stack at one end, the device for the application's stack at the other.</summary>
internal sealed class Network : IAsyncDisposable
{
    public static readonly IPAddress PeerIPv4 = IPAddress.Parse("198.18.0.1");
    public static readonly IPAddress PeerIPv6 = IPAddress.Parse("2001:db8:75::1");
    public static readonly IPAddress HostIPv4 = IPAddress.Parse("198.18.0.2");
    public static readonly IPAddress HostIPv6 = IPAddress.Parse("2001:db8:75::2");

    private Network(UserTcpStack peer, TestDevice device)
    {
        Peer = peer;
        Device = device;
    }

    public UserTcpStack Peer { get; }

    /// <summary>The device that the application opens.</summary>
    public TestDevice Device { get; }

    public static async Task<Network> CreateAsync()
    {
        var (near, far) = InMemoryLink.CreatePair();
        var peer = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [PeerIPv4, PeerIPv6],
            ShutdownTimeout = TimeSpan.Zero,
            Engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromMilliseconds(50) },
        });
        return new Network(peer, new TestDevice(far));
    }

    public ILinkDevice Open(UserTcpOptions options)
    {
        Device.Opened++;
        return Device;
    }

    /// <summary>A connection of the peer to the application.</summary>
    public Task<UserTcpConnection> ConnectAsync(int port) => Peer.ConnectAsync(new IPEndPoint(HostIPv4, port)).OrFail();

    /// <summary>A client at the peer.</summary>
    public HttpClient CreateClient(Action<SocketsHttpHandler>? configure = null)
    {
        var handler = new SocketsHttpHandler().UseUserTcp(Peer);
        configure?.Invoke(handler);
        return new HttpClient(handler) { Timeout = Until.Timeout };
    }

    public async ValueTask DisposeAsync()
    {
        await Peer.DisposeAsync();
        Device.Dispose();
    }
}
