using UserTcp.Engine.Buffers;
using UserTcp.Engine.Calls;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <content>The user calls of UDP (RFC 768). A fault in a call costs the call.</content>
public sealed partial class TcpEngine
{
    /// <summary>The share that a UDP port belongs to: only its engine can bind it.</summary>
    public int ShareOf(Port localPort) => _state.OwnerOf(localPort);

    /// <summary>
    /// Binds an endpoint, which gets the datagrams to its address and port from now on. Port 0 chooses a random
    /// ephemeral port among those of this engine. 0.0.0.0 is all IPv4 addresses, :: all addresses of both families,
    /// unless <paramref name="flags"/> say otherwise.
    /// </summary>
    /// <param name="localAddress">The address to bind.</param>
    /// <param name="localPort">The port to bind.</param>
    /// <param name="flags">How it shares its port, and which errors it reports.</param>
    /// <param name="endpoint">The endpoint; null on an error.</param>
    public EngineError BindUdp(IpAddress localAddress, Port localPort, UdpFlags flags, out UdpEndpoint? endpoint)
    {
        Recorder?.OnBindUdp(localAddress, localPort, flags);
        _state.Current.EnterShared();
        var error = UdpCall.Bind(_state, localAddress, localPort, flags, out endpoint);
        if (endpoint is not null)
            Recorder?.OnBound(endpoint);
        return error;
    }

    /// <summary>
    /// Connects an endpoint: it gets datagrams from this peer alone, and the ICMP errors about those that it sends to
    /// the peer. No packet is sent.
    /// </summary>
    /// <returns><see cref="EngineError.AddressInvalid"/> when the peer cannot be reached from the endpoint.</returns>
    public EngineError ConnectUdp(UdpEndpoint endpoint, UdpPeer peer)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Recorder?.OnConnectUdp(endpoint, peer);
        _state.Current.EnterShared();
        return UdpCall.Connect(_state, endpoint, peer);
    }

    /// <summary>
    /// Sends a datagram, the content of <paramref name="data"/>. The engine owns the block when there is no error; else
    /// the caller does.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="peer">The destination, which need not be that of a connected endpoint.</param>
    /// <param name="data">The data.</param>
    /// <param name="now">The time.</param>
    /// <returns>
    /// <see cref="EngineError.MessageTooLong"/> when it is longer than a packet can be, or, with
    /// <see cref="UdpFlags.DontFragment"/>, than the path's MTU,
    /// <see cref="EngineError.WouldBlock"/> when the endpoint has too many datagrams in the send queue,
    /// <see cref="EngineError.AddressInvalid"/> when the destination cannot be reached from it,
    /// <see cref="EngineError.ConnectionAborted"/> when it is closed.
    /// </returns>
    public EngineError SendDatagram(UdpEndpoint endpoint, UdpPeer peer, Block data, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(data);
        Recorder?.OnSendDatagram(endpoint, peer, data, now);
        _state.Trace.Now = now;
        _state.Current.EnterShared();
        return UdpCall.Send(_state, endpoint, peer, data, now);
    }

    /// <summary>
    /// Dequeues the oldest block of received datagrams, which the caller then owns; null when there is none.
    /// <see cref="DatagramRecord.TryDequeue"/> reads the datagrams in it.
    /// </summary>
    public Block? ReceiveDatagrams(UdpEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Recorder?.OnReceiveDatagrams(endpoint);
        return UdpCall.Receive(_state, endpoint);
    }

    /// <summary>Closes an endpoint. Its port is free, and what it has received is dropped.</summary>
    public void CloseUdp(UdpEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        Recorder?.OnCloseUdp(endpoint);
        _state.Current.EnterShared();
        UdpCall.Close(_state, endpoint);
    }
}
