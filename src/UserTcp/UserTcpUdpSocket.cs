using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using UserTcp.Connecting;
using UserTcp.Datagrams;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp;

/// <summary>
/// A UDP socket (RFC 768). Any number of callers may send and receive at once; datagrams go to receivers in the order
/// of their calls. Datagrams that nobody receives wait in a bounded queue
/// (<see cref="EngineOptions.UdpReceiveBufferSize"/>); further ones are dropped and counted
/// (<see cref="Counter.UdpRcvbufErrors"/>).
/// </summary>
public sealed class UserTcpUdpSocket : IAsyncDisposable
{
    private readonly DatagramPump _pump;
    private readonly NameResolution _names;

    internal UserTcpUdpSocket(DatagramPump pump, NameResolution names) => (_pump, _names) = (pump, names);

    /// <summary>
    /// Address and port bound; when port 0 was asked for, the port that was chosen. Once connected, the address is that
    /// in datagrams to the peer.
    /// </summary>
    public IPEndPoint LocalEndPoint => _pump.LocalEndPoint;

    /// <summary>The end that the socket is connected to; null when it is not connected.</summary>
    public IPEndPoint? RemoteEndPoint => _pump.RemoteEndPoint;

    /// <summary>
    /// Connects: the socket receives from this end alone, <see cref="SendAsync"/> sends to it, and its port unreachable
    /// becomes an error of the next call. No packet is sent. It can be connected again to another end.
    /// </summary>
    /// <exception cref="SocketException">
    /// InvalidArgument: the socket cannot reach the end; HostNotFound and the like.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed of, or the stack has ended.</exception>
    public async ValueTask ConnectAsync(EndPoint remoteEndPoint, CancellationToken cancellationToken = default)
    {
        var remote = (await _names.ResolveAsync(remoteEndPoint, cancellationToken).ConfigureAwait(false))[0];
        var error = await _pump.ConnectAsync(remote).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(error == EngineError.ConnectionAborted, this);
        if (error != EngineError.None)
            throw UserTcpError.ToException(error, remote);
    }

    /// <summary>
    /// Receives the oldest datagram, or waits for one, and returns its length and sender.
    /// </summary>
    /// <param name="buffer">Where it is copied to.</param>
    /// <param name="cancellationToken">Ends the wait. No datagram is lost by it.</param>
    /// <exception cref="SocketException">
    /// MessageSize: the datagram is longer than <paramref name="buffer"/>, and its rest is lost. ConnectionRefused: the
    /// connected peer has answered port unreachable. OperationAborted: the socket was disposed of while waiting.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed of, or the stack has ended.</exception>
    /// <exception cref="IOException">The stack has failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public ValueTask<SocketReceiveFromResult> ReceiveFromAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var receive = _pump.Inbox.ReceiveAsync(buffer, cancellationToken);
        return receive.IsCompletedSuccessfully ? Completed(receive.Result) : WaitFromAsync(receive);

        static ValueTask<SocketReceiveFromResult> Completed(in ReceivedDatagram received) =>
            received.FindError() is { } error
                ? ValueTask.FromException<SocketReceiveFromResult>(error)
                : new(received.ToResult());
    }

    /// <summary>As <see cref="ReceiveFromAsync"/>, and returns the length alone.</summary>
    /// <inheritdoc cref="ReceiveFromAsync"/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var receive = _pump.Inbox.ReceiveAsync(buffer, cancellationToken);
        return receive.IsCompletedSuccessfully ? Completed(receive.Result) : WaitAsync(receive);

        static ValueTask<int> Completed(in ReceivedDatagram received) =>
            received.FindError() is { } error ? ValueTask.FromException<int>(error) : new(received.Length);
    }

    /// <summary>
    /// Sends a datagram to an end, and completes with its length when it is queued for the link. One that does not fit
    /// the path's MTU is sent in fragments, unless <see cref="UserTcpUdpOptions.DontFragment"/> is set.
    /// </summary>
    /// <param name="buffer">The data, which may be empty.</param>
    /// <param name="remoteEndPoint">The destination. A name is resolved for each datagram.</param>
    /// <param name="cancellationToken">Cancels before the datagram is given to the stack, not after it.</param>
    /// <exception cref="SocketException">
    /// MessageSize: the datagram is too long, or may not be fragmented. ConnectionRefused and the like: ICMP has
    /// reported an error about an earlier datagram, and this one is not sent. InvalidArgument: the socket cannot reach
    /// the destination. NoBufferSpaceAvailable: there is no memory.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed of, or the stack has ended.</exception>
    public ValueTask<int> SendToAsync(
        ReadOnlyMemory<byte> buffer, EndPoint remoteEndPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(remoteEndPoint);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        return remoteEndPoint is IPEndPoint remote
            ? Send(buffer, remote)
            : ResolveAndSendAsync(buffer, remoteEndPoint, cancellationToken);
    }

    /// <summary>Sends a datagram to the end that the socket is connected to.</summary>
    /// <inheritdoc cref="SendToAsync"/>
    /// <exception cref="SocketException">NotConnected: the socket is not connected.</exception>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        return RemoteEndPoint is { } remote
            ? Send(buffer, remote)
            : ValueTask.FromException<int>(new SocketException((int)SocketError.NotConnected));
    }

    /// <summary>
    /// Closes the socket. Callers that wait get <see cref="SocketError.OperationAborted"/>, and datagrams that nobody
    /// has received are dropped. The port is free when the task has completed.
    /// </summary>
    public ValueTask DisposeAsync() => new(_pump.CloseAsync());

    private static async ValueTask<SocketReceiveFromResult> WaitFromAsync(ValueTask<ReceivedDatagram> receive)
    {
        var received = await receive.ConfigureAwait(false);
        return received.FindError() is { } error ? throw error : received.ToResult();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> WaitAsync(ValueTask<ReceivedDatagram> receive)
    {
        var received = await receive.ConfigureAwait(false);
        return received.FindError() is { } error ? throw error : received.Length;
    }

    private ValueTask<int> Send(ReadOnlyMemory<byte> buffer, IPEndPoint remote)
    {
        try
        {
            var destination = new UdpPeer(IpAddress.From(remote.Address), new Port((ushort)remote.Port));
            return _pump.SendAsync(buffer, destination, isPeer: remote.Equals(RemoteEndPoint));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or IOException)
        {
            return ValueTask.FromException<int>(exception);
        }
    }

    private async ValueTask<int> ResolveAndSendAsync(
        ReadOnlyMemory<byte> buffer, EndPoint remoteEndPoint, CancellationToken cancellationToken)
    {
        var candidates = await _names.ResolveAsync(remoteEndPoint, cancellationToken).ConfigureAwait(false);
        return await Send(buffer, candidates[0]).ConfigureAwait(false);
    }
}
