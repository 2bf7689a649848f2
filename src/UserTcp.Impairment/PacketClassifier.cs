using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>
/// Classifies packets, with what it has seen of both directions of their connection. A SYN with another ISN begins a
/// new connection. Not thread-safe.
/// </summary>
/// <param name="maxConnections">
/// Connections in one generation. When it is full, those without a packet since the last time are forgotten.
/// </param>
public sealed class PacketClassifier(int maxConnections = 1 << 16)
{
    private readonly RecentTable<FourTuple, TrackedConnection> _connections = new(maxConnections, new TupleComparer());

    /// <summary>Classifies a packet, and remembers it for later ones of its connection.</summary>
    public PacketFacts Classify(ReadOnlySpan<byte> packet) => Classify(packet, out _);

    /// <summary>The same, with the packet's connection; null when it is not TCP.</summary>
    internal PacketFacts Classify(ReadOnlySpan<byte> packet, out TrackedConnection? connection)
    {
        connection = null;
        if (!IpPacket.TryParse(packet, verifyChecksum: false, out var ip, out _) || ip.Protocol != IpProtocol.Tcp
            || !TcpSegment.TryParse(ip.Payload, out var segment))
        {
            return default;
        }

        var tuple = new FourTuple(ip.Source, segment.SourcePort, ip.Destination, segment.DestinationPort);
        var isForward = IsForward(tuple);
        if (!isForward)
            tuple = tuple.Reverse;
        if (!_connections.TryRefresh(tuple, out connection) || connection.IsEndedBy(segment, isForward))
        {
            connection = new TrackedConnection();
            _connections.Set(tuple, connection);
        }

        return connection.Observe(segment, isForward);
    }

    /// <summary>One of the two directions, so that both have the same key.</summary>
    private static bool IsForward(in FourTuple tuple)
    {
        var order = tuple.LocalAddress.High.CompareTo(tuple.RemoteAddress.High);
        if (order == 0)
            order = tuple.LocalAddress.Low.CompareTo(tuple.RemoteAddress.Low);
        if (order == 0)
            order = tuple.LocalPort.Value.CompareTo(tuple.RemotePort.Value);
        return order <= 0;
    }

    /// <summary>Hashes with the process's random seed, as in <see cref="FlowTable"/>.</summary>
    private sealed class TupleComparer : IEqualityComparer<FourTuple>
    {
        public bool Equals(FourTuple x, FourTuple y) => x == y;

        public int GetHashCode(FourTuple tuple) => SeededHash.Of(tuple);
    }
}
