using System.Net;
using System.Net.Sockets;

namespace UserTcp.Cli.Lab.Traffic;

/// <summary>A connection between the stack and the kernel, with both of its ends in this process.</summary>
/// <param name="Opener">The end that has opened it.</param>
/// <param name="Acceptor">The other end.</param>
internal sealed record TrafficPair(TrafficEnd Opener, TrafficEnd Acceptor) : IAsyncDisposable
{
    /// <summary>Stops its readers.</summary>
    public ReaderGate Gate { get; } = new();

    private StackTrafficEnd AtStack => Opener as StackTrafficEnd ?? (StackTrafficEnd)Acceptor;

    /// <summary>The kernel's end.</summary>
    public KernelTrafficEnd AtKernel => Opener as KernelTrafficEnd ?? (KernelTrafficEnd)Acceptor;

    /// <summary>Opens a connection between the first addresses of both.</summary>
    /// <exception cref="SocketException">It cannot be opened, such as over a link that loses all.</exception>
    public static Task<TrafficPair> OpenAsync(
        UserTcpStack stack, IPAddress kernel, TrafficRole role, CancellationToken cancellationToken) =>
        role == TrafficRole.Kernel
            ? OpenFromKernelAsync(stack, kernel, cancellationToken)
            : OpenFromStackAsync(stack, kernel, cancellationToken);

    /// <summary>The connection's addresses.</summary>
    public TrafficConnection Row => new(AtStack.Local.ToString(), AtKernel.Local.ToString());

    /// <summary>Both ends send a FIN behind their data.</summary>
    public void CloseWrites()
    {
        Opener.CloseWrites();
        Acceptor.CloseWrites();
    }

    /// <summary>The end that reads most of the data.</summary>
    /// <param name="kind">What the connection does.</param>
    public TrafficEnd ReaderOf(TrafficKind kind) => kind == TrafficKind.Upload ? Acceptor : Opener;

    public async ValueTask DisposeAsync()
    {
        await Opener.DisposeAsync();
        await Acceptor.DisposeAsync();
    }

    private static async Task<TrafficPair> OpenFromKernelAsync(
        UserTcpStack stack, IPAddress kernel, CancellationToken cancellationToken)
    {
        await using var listener = await stack.ListenAsync(new IPEndPoint(stack.Addresses[0], 0), cancellationToken);
        var socket = NewSocket(kernel);
        try
        {
            var accepting = listener.AcceptConnectionAsync(cancellationToken).AsTask();
            await socket.ConnectAsync(listener.LocalEndPoint, cancellationToken);
            return new TrafficPair(new KernelTrafficEnd(socket), new StackTrafficEnd(await accepting));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<TrafficPair> OpenFromStackAsync(
        UserTcpStack stack, IPAddress kernel, CancellationToken cancellationToken)
    {
        using var listener = NewSocket(kernel);
        listener.Bind(new IPEndPoint(kernel, 0));
        listener.Listen();
        var connection = await stack.ConnectAsync(listener.LocalEndPoint!, cancellationToken);
        try
        {
            var socket = await listener.AcceptAsync(cancellationToken);
            return new TrafficPair(new StackTrafficEnd(connection), new KernelTrafficEnd(socket));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static Socket NewSocket(IPAddress address) =>
        new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
