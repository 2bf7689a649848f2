using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>
/// The flows of one direction of a link. A flow is an IP protocol, two addresses and two ports. Its key does not depend
/// on the client's port, which is random: it is the hash of direction, protocol, addresses, the server's port, and how
/// many flows to that port came before. Safe for any thread.
/// </summary>
/// <param name="direction">The direction's number.</param>
/// <param name="maxFlows">
/// Flows in one generation. When it is full, the flows without a packet since the last time are forgotten.
/// </param>
internal sealed class FlowTable(int direction, int maxFlows = 1 << 16)
{
    private const int PortsLength = 4;
    private const int TcpFlagsOffset = 13;
    private const int Tcp = (int)IpProtocol.Tcp;
    private const int Udp = 17;

    private readonly Lock _gate = new();
    private readonly Dictionary<Service, ulong> _services = [];
    private readonly RecentTable<(int Protocol, FourTuple Tuple), LinkFlow> _flows =
        new(maxFlows, new FlowComparer());

    /// <summary>
    /// The flow of a frame, which is added when it is new. All frames that are not IP share one.
    /// </summary>
    public LinkFlow GetOrAdd(ReadOnlySpan<byte> frame)
    {
        var (protocol, tuple, isServerAtSource) = Parse(frame);
        lock (_gate)
        {
            if (_flows.TryRefresh((protocol, tuple), out var flow))
                return flow;
            flow = new LinkFlow(NextKey(protocol, tuple, isServerAtSource));
            _flows.Set((protocol, tuple), flow);
            return flow;
        }
    }

    private static (int Protocol, FourTuple Tuple, bool IsServerAtSource) Parse(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _))
            return default;
        var protocol = (int)packet.Protocol;
        var payload = packet.Payload;
        if (protocol is not (Tcp or Udp) || payload.Length < PortsLength)
            return (protocol, new FourTuple(packet.Source, default, packet.Destination, default), false);
        var (source, destination) = (
            BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt16BigEndian(payload[2..]));
        var isServerAtSource = source < destination;
        // The handshake tells which end is the server. Without a handshake the end with the lower port counts as the
        // server.
        if (protocol == Tcp && payload.Length > TcpFlagsOffset)
        {
            var flags = (TcpFlags)payload[TcpFlagsOffset];
            if ((flags & TcpFlags.Syn) != 0)
                isServerAtSource = (flags & TcpFlags.Ack) != 0;
        }

        return (
            protocol, new FourTuple(packet.Source, new Port(source), packet.Destination, new Port(destination)),
            isServerAtSource);
    }

    private ulong NextKey(int protocol, in FourTuple tuple, bool isServerAtSource)
    {
        var service = new Service(
            protocol, tuple.LocalAddress, tuple.RemoteAddress, isServerAtSource ? tuple.LocalPort : tuple.RemotePort,
            isServerAtSource);
        if (_services.Count >= maxFlows)
            _services.Clear();
        var earlier = _services.GetValueOrDefault(service);
        _services[service] = earlier + 1;
        ReadOnlySpan<ulong> parts =
        [
            (ulong)protocol, service.Source.High, service.Source.Low, service.Destination.High, service.Destination.Low,
            service.Port.Value, isServerAtSource ? 1UL : 0, earlier,
        ];
        var key = SplitMix64.Hash((ulong)direction);
        foreach (var part in parts)
            key = SplitMix64.Hash(key ^ part);
        return key;
    }

    private sealed class FlowComparer : IEqualityComparer<(int Protocol, FourTuple Tuple)>
    {
        public bool Equals((int Protocol, FourTuple Tuple) x, (int Protocol, FourTuple Tuple) y) => x == y;

        public int GetHashCode((int Protocol, FourTuple Tuple) flow) => SeededHash.Of(flow.Tuple, flow.Protocol);
    }

    private readonly record struct Service(
        int Protocol, IpAddress Source, IpAddress Destination, Port Port, bool IsServerAtSource);
}
