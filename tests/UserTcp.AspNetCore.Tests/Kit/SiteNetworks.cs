using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using UserTcp.Engine.Contract;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>The network between a site and its clients.</summary>
internal interface ISiteNetwork : IAsyncDisposable
{
    /// <summary>Lets the application use the transport.</summary>
    void Configure(WebApplicationBuilder builder);

    /// <summary>A connection to the site; a receive buffer of null is as large as the transport makes it.</summary>
    Task<Client> ConnectAsync(IPEndPoint server, int? receiveBuffer);

    /// <summary>What HttpClient needs to reach the site.</summary>
    SocketsHttpHandler CreateHandler();
}

/// <summary>The kernel's loopback.</summary>
internal sealed class SocketNetwork : ISiteNetwork
{
    public void Configure(WebApplicationBuilder builder)
    {
    }

    public async Task<Client> ConnectAsync(IPEndPoint server, int? receiveBuffer)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size)
            socket.ReceiveBufferSize = size;
        try
        {
            await socket.ConnectAsync(server).OrFail();
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new SocketClient(socket);
    }

    public SocketsHttpHandler CreateHandler() => new() { UseProxy = false };

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class SocketClient(Socket socket) : Client(new NetworkStream(socket, ownsSocket: true))
    {
        public override void CompleteWrites() => socket.Shutdown(SocketShutdown.Send);

        public override void Abort()
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (ObjectDisposedException)
            {
                // It has ended already.
            }

            socket.Dispose();
        }
    }
}

/// <summary>A link in memory: a client's stack at one end, the application's stack at the other.</summary>
internal sealed class StackNetwork : ISiteNetwork
{
    public static readonly IPAddress ClientIPv4 = IPAddress.Parse("198.18.0.1");
    public static readonly IPAddress ServerIPv4 = IPAddress.Parse("198.18.0.2");

    private readonly UserTcpStack _peer;
    private readonly ILinkDevice _device;

    private StackNetwork(UserTcpStack peer, ILinkDevice device)
    {
        _peer = peer;
        _device = device;
    }

    public static async Task<StackNetwork> OpenAsync()
    {
        var (near, far) = InMemoryLink.CreatePair();
        var peer = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [ClientIPv4],
            ShutdownTimeout = TimeSpan.Zero,
            Engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromMilliseconds(50) },
        });
        return new StackNetwork(peer, far);
    }

    public void Configure(WebApplicationBuilder builder)
    {
        builder.Services.AddUserTcp(null, _ => _device);
        builder.WebHost.UseUserTcp();
    }

    public async Task<Client> ConnectAsync(IPEndPoint server, int? receiveBuffer)
    {
        var options = new UserTcpConnectionOptions
        {
            RemoteEndPoint = server,
            NoDelay = true,
            ReceiveBufferSize = receiveBuffer,
        };
        return new StackClient(await _peer.ConnectAsync(options).OrFail());
    }

    public SocketsHttpHandler CreateHandler() => new SocketsHttpHandler().UseUserTcp(_peer);

    public async ValueTask DisposeAsync()
    {
        await _peer.DisposeAsync();
        _device.Dispose();
    }

    private sealed class StackClient(UserTcpConnection connection) : Client(connection.GetStream())
    {
        public override void CompleteWrites() => connection.CompleteWrites();

        public override void Abort() => connection.Abort();
    }
}
