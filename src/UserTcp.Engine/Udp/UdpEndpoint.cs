using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Udp;

/// <summary>
/// A UDP socket of the engine: a bound address and port, a receive queue, and with <see cref="Peer"/> the only end that
/// it exchanges datagrams with.
/// </summary>
public sealed class UdpEndpoint
{
    internal UdpEndpoint(IpAddress localAddress, Port localPort, UdpFlags flags, EngineOptions options)
    {
        LocalAddress = localAddress;
        LocalPort = localPort;
        Flags = flags;
        Received = new DatagramQueue(options.UdpReceiveBufferSize, options.MaxQueuedDatagrams);
    }

    /// <summary>
    /// The address bound: 0.0.0.0 for all IPv4 addresses, :: for all addresses of both families, or of IPv6 alone
    /// (<see cref="UdpFlags.IPv6Only"/>).
    /// </summary>
    public IpAddress LocalAddress { get; }

    /// <summary>The port bound.</summary>
    public Port LocalPort { get; }

    /// <summary>How it shares its port, and which errors it reports.</summary>
    public UdpFlags Flags { get; }

    /// <summary>The end that it is connected to; null when it is not connected.</summary>
    public UdpPeer? Peer { get; internal set; }

    /// <summary>Our address in datagrams to <see cref="Peer"/>; null when it is not connected.</summary>
    public IpAddress? SourceAddress { get; internal set; }

    /// <summary>Datagrams in the receive queue.</summary>
    public int QueuedDatagrams => Received.Count;

    /// <summary>Bytes of data in the receive queue.</summary>
    public int QueuedBytes => Received.Bytes;

    /// <summary>
    /// Datagrams dropped because the receive queue was full or memory was short (<see cref="Counter.UdpRcvbufErrors"/>
    /// of this endpoint).
    /// </summary>
    public long Dropped { get; internal set; }

    /// <summary>The last error that ICMP reported; of several between two events the last one counts.</summary>
    public EngineError Error { get; internal set; }

    /// <summary>The destination that <see cref="Error"/> is about.</summary>
    public UdpPeer ErrorPeer { get; internal set; }

    /// <summary>For the engine's caller; the engine does not use it.</summary>
    public object? Owner { get; set; }

    /// <summary>The receive queue.</summary>
    internal DatagramQueue Received { get; }

    /// <summary>What ICMP errors may be about.</summary>
    internal SentDatagrams Sent { get; } = new();

    /// <summary>Datagrams of this endpoint in the send queue.</summary>
    internal int QueuedSends { get; set; }

    /// <summary>True when a send was refused because of the limit: an event reports when there is room.</summary>
    internal bool WaitsForRoom { get; set; }

    internal EngineEvents PendingEvents { get; set; }

    internal bool HasQueuedEvent { get; set; }

    internal bool IsClosed { get; set; }

    /// <summary>True when a datagram from that end to that address of ours is for this endpoint.</summary>
    internal bool Accepts(IpAddress local, in UdpPeer source) =>
        Peer is not { } peer || (peer == source && SourceAddress == local);

    /// <summary>True when it is bound to that address.</summary>
    internal bool Covers(IpAddress address) => Covers(LocalAddress, Flags, address);

    /// <summary>True when an endpoint on <paramref name="local"/> is bound to that address.</summary>
    internal static bool Covers(IpAddress local, UdpFlags flags, IpAddress address) =>
        local == address
        || (local == IpAddress.AnyIPv4 && address.IsIPv4)
        || (local == IpAddress.AnyIPv6 && !(address.IsIPv4 && (flags & UdpFlags.IPv6Only) != 0));
}
