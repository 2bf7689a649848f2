using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Calls;

/// <summary>The user calls of UDP (RFC 768, RFC 1122 section 4.1.4).</summary>
internal static class UdpCall
{
    public static EngineError Bind(
        EngineState engine, IpAddress localAddress, Port localPort, UdpFlags flags, out UdpEndpoint? endpoint)
    {
        endpoint = null;
        if (!localAddress.IsUnspecified && !engine.Addresses.Contains(localAddress))
            return EngineError.AddressNotAvailable;
        if (engine.Udp.IsFull)
            return EngineError.TooManyConnections;
        var port = localPort.Value != 0
            ? localPort
            : engine.Ports.ChooseRandom(
                (engine, localAddress, flags),
                static (at, port) => at.engine.OwnerOf(port) == at.engine.Share.Index
                    && !at.engine.Udp.IsTaken(at.localAddress, port, at.flags));
        if (port is not { } chosen || engine.OwnerOf(chosen) != engine.Share.Index)
            return EngineError.AddressNotAvailable;
        var candidate = new UdpEndpoint(localAddress, chosen, flags, engine.Options);
        if (!engine.Udp.TryAdd(candidate))
            return EngineError.AddressInUse;
        endpoint = candidate;
        return EngineError.None;
    }

    /// <summary>Sets the only end that the endpoint exchanges datagrams with from now on.</summary>
    public static EngineError Connect(EngineState engine, UdpEndpoint endpoint, in UdpPeer peer)
    {
        if (SourceFor(engine, endpoint, peer) is not { } source)
            return EngineError.AddressInvalid;
        endpoint.Peer = peer;
        endpoint.SourceAddress = source;
        endpoint.Error = EngineError.None;
        return EngineError.None;
    }

    /// <summary>
    /// Queues a datagram. The engine owns the block only when there is no error. One that does not fit the path is
    /// sent in fragments, unless the endpoint refuses that (RFC 1191, RFC 8201).
    /// </summary>
    public static EngineError Send(
        EngineState engine, UdpEndpoint endpoint, in UdpPeer peer, Block data, MonotonicTime now)
    {
        if (endpoint.IsClosed)
            return EngineError.ConnectionAborted;
        if (SourceFor(engine, endpoint, peer) is not { } source)
            return EngineError.AddressInvalid;
        if (data.Length > MaxLength(engine, endpoint, peer.Address, now))
            return EngineError.MessageTooLong;
        var tuple = new FourTuple(source, endpoint.LocalPort, peer.Address, peer.Port);
        return engine.Datagrams.TryAdd(endpoint, tuple, data) ? EngineError.None : EngineError.WouldBlock;
    }

    /// <summary>
    /// The max data of a datagram to a destination. IPv4 counts its header in the length of a packet.
    /// </summary>
    private static int MaxLength(EngineState engine, UdpEndpoint endpoint, IpAddress destination, MonotonicTime now)
    {
        var mtu = (endpoint.Flags & UdpFlags.DontFragment) != 0
            ? engine.UdpPathMtus.Get(destination, engine.Link.Mtu, now)
            : destination.IsIPv4 ? ushort.MaxValue : ushort.MaxValue + IpHeader.IPv6Length;
        return Math.Min(mtu - IpHeader.LengthFor(destination) - UdpHeader.Length, UdpHeader.MaxPayload);
    }

    /// <summary>Dequeues the oldest block of received datagrams; null when there is none.</summary>
    public static Block? Receive(EngineState engine, UdpEndpoint endpoint)
    {
        var memory = endpoint.Received.Memory;
        var block = endpoint.Received.DequeueBlock();
        engine.CountDatagrams(memory, endpoint.Received.Memory);
        return block;
    }

    /// <summary>Closes the endpoint, and drops what it has received. What it has sent is still emitted.</summary>
    public static void Close(EngineState engine, UdpEndpoint endpoint)
    {
        if (endpoint.IsClosed)
            return;
        endpoint.IsClosed = true;
        engine.Udp.Remove(endpoint);
        var memory = endpoint.Received.Memory;
        endpoint.Received.Clear();
        engine.CountDatagrams(memory, 0);
    }

    /// <summary>
    /// Our address in a datagram to a peer: the one that the endpoint is bound to, that of its connection, or the
    /// host's choice (RFC 1122 section 4.1.3.5). Null when the peer cannot be reached from it.
    /// </summary>
    private static IpAddress? SourceFor(EngineState engine, UdpEndpoint endpoint, in UdpPeer peer)
    {
        var isLooped = engine.Addresses.Contains(peer.Address);
        // Broadcast and multicast too: there is no group, and no permission for a broadcast.
        if (peer.Port.Value == 0 || (!isLooped && engine.Addresses.IsMartian(peer.Address)))
            return null;
        if (!endpoint.LocalAddress.IsUnspecified)
        {
            // RFC 1122 section 3.2.1.3 (g): a loopback address never leaves the host.
            var local = endpoint.LocalAddress;
            return local.IsIPv4 == peer.Address.IsIPv4 && (isLooped || !local.IsLoopback) ? local : null;
        }

        if (!endpoint.Covers(peer.Address))
            return null;
        return endpoint.Peer == peer ? endpoint.SourceAddress : engine.Addresses.SourceFor(peer.Address);
    }
}
