using System.Net;
using System.Net.Sockets;
using UserTcp.Connections;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Udp;
using UserTcp.Errors;
using UserTcp.Requests;
using UserTcp.Wire;

namespace UserTcp.Datagrams;

/// <summary>
/// Carries datagrams of one socket between the engine and the application. As a request it fetches the next block of
/// received ones. Loop's thread, unless a member says otherwise.
/// </summary>
internal sealed class DatagramPump : LoopRequest
{
    private readonly ConnectionHome _home;
    private readonly LoopEndpoints _endpoints;
    private readonly UdpEndpoint _endpoint;
    private readonly bool _inlineContinuations;
    private readonly Queue<DatagramSend> _waiting = new();
    private DatagramSend? _spare;
    private IPEndPoint _localEndPoint;
    private IPEndPoint? _remoteEndPoint;
    private int _isFetchQueued;
    private bool _isClosed;

    public DatagramPump(ConnectionHome home, LoopEndpoints endpoints, UdpEndpoint endpoint, bool inlineContinuations)
    {
        _home = home;
        _endpoints = endpoints;
        _endpoint = endpoint;
        _inlineContinuations = inlineContinuations;
        _localEndPoint = ToEndPoint(new UdpPeer(endpoint.LocalAddress, endpoint.LocalPort));
        Inbox = new DatagramInbox(inlineContinuations, RequestFetch);
        endpoint.Owner = this;
    }

    /// <summary>What the application receives. Any thread.</summary>
    public DatagramInbox Inbox { get; }

    /// <summary>Address and port bound, or those of the connection. Any thread.</summary>
    public IPEndPoint LocalEndPoint => Volatile.Read(ref _localEndPoint);

    /// <summary>The end that the socket is connected to; null for none. Any thread.</summary>
    public IPEndPoint? RemoteEndPoint => Volatile.Read(ref _remoteEndPoint);

    /// <summary>Sends a datagram; any thread, any number at once.</summary>
    /// <exception cref="SocketException">
    /// MessageSize, NoBufferSpaceAvailable, or an error that ICMP has reported.
    /// </exception>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> data, in UdpPeer destination, bool isPeer)
    {
        Inbox.ThrowForSend(destination, isPeer);
        if (data.Length > UdpHeader.MaxPayload)
            throw new SocketException((int)SocketError.MessageSize);
        if (_home.Pool.TryRent(data.Length, mayUseReserve: false) is not { } block)
            throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
        block.Append(data.Span);
        var send = Interlocked.Exchange(ref _spare, null) ?? new DatagramSend(this, _inlineContinuations);
        var sent = send.Begin(destination, block);
        _home.Mailbox.Post(send);
        return sent;
    }

    /// <summary>Connects the socket; any thread.</summary>
    public Task<EngineError> ConnectAsync(IPEndPoint remote)
    {
        var call = new LoopCall<EngineError>(turn => Connect(turn, remote));
        _home.Mailbox.Post(call);
        return call.Result;
    }

    /// <summary>Closes the socket, and waits until its port is free again; any thread.</summary>
    public Task CloseAsync()
    {
        Inbox.Close(CloseReason.Disposed);
        return _endpoints.CloseAsync(this);
    }

    /// <summary>A send can be used again; any thread.</summary>
    public void Return(DatagramSend send) => Volatile.Write(ref _spare, send);

    /// <summary>Something has happened to the endpoint.</summary>
    public void OnEvents(EngineTurn turn, EngineEvents events)
    {
        if (_isClosed)
            return;
        if ((events & EngineEvents.SoftError) != 0)
            Report();
        if ((events & EngineEvents.Readable) != 0)
            Fill(turn);
        if ((events & EngineEvents.Writable) != 0)
        {
            while (_waiting.TryPeek(out var send) && send.TrySend(turn, _endpoint))
                _waiting.Dequeue();
        }
    }

    /// <summary>Gives a datagram to the engine, or keeps it until there is room: sends keep their order.</summary>
    public void RunSend(EngineTurn turn, DatagramSend send)
    {
        if (_isClosed)
            send.Fail(new ObjectDisposedException(nameof(UserTcpUdpSocket)));
        else if (_waiting.Count > 0 || !send.TrySend(turn, _endpoint))
            _waiting.Enqueue(send);
    }

    /// <summary>Closes the engine's endpoint.</summary>
    public void Close(EngineTurn turn, CloseReason reason)
    {
        End(reason);
        turn.Engine.CloseUdp(_endpoint);
    }

    /// <summary>The stack has failed.</summary>
    public void End(CloseReason reason)
    {
        _isClosed = true;
        Inbox.Close(reason);
        while (_waiting.TryDequeue(out var send))
        {
            send.Fail(reason.Fault is null
                ? new SocketException((int)SocketError.OperationAborted)
                : reason.ToException());
        }
    }

    /// <inheritdoc/>
    internal override void Run(EngineTurn turn)
    {
        Interlocked.Exchange(ref _isFetchQueued, 0);
        if (!_isClosed)
            Fill(turn);
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        // The end of the stack has ended every socket already.
    }

    private static IPEndPoint ToEndPoint(in UdpPeer peer) => new(peer.Address.ToIPAddress(), peer.Port.Value);

    /// <summary>Asks the loop for more datagrams; any thread.</summary>
    private void RequestFetch()
    {
        if (Interlocked.Exchange(ref _isFetchQueued, 1) == 0)
            _home.Mailbox.Post(this);
    }

    /// <summary>Moves datagrams to the inbox, a block at a time, as long as receivers take them.</summary>
    private void Fill(EngineTurn turn)
    {
        while (Inbox.TryBeginFill(_endpoint.QueuedDatagrams > 0)
            && turn.Engine.ReceiveDatagrams(_endpoint) is { } block)
        {
            Inbox.Fill(block);
        }
    }

    private void Report()
    {
        var error = UserTcpError.ToSocketError(_endpoint.Error);
        if (_endpoint.Peer == _endpoint.ErrorPeer)
            Inbox.Report(error);
        else
            Inbox.Report(_endpoint.ErrorPeer, error);
    }

    private EngineError Connect(EngineTurn turn, IPEndPoint remote)
    {
        if (_isClosed)
            return EngineError.ConnectionAborted;
        var peer = new UdpPeer(IpAddress.From(remote.Address), new Port((ushort)remote.Port));
        var error = turn.Engine.ConnectUdp(_endpoint, peer);
        if (error != EngineError.None)
            return error;
        Inbox.ForgetError();
        var local = new UdpPeer(_endpoint.SourceAddress!.Value, _endpoint.LocalPort);
        Volatile.Write(ref _localEndPoint, ToEndPoint(local));
        Volatile.Write(ref _remoteEndPoint, ToEndPoint(peer));
        return error;
    }
}
