using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Udp;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// UDP (RFC 768, RFC 1122 section 4.1.3): queues a datagram at its endpoint, or answers port unreachable. Only a
/// datagram to one of our addresses gets here, so a broadcast or multicast draws nothing (RFC 1122 section 3.2.2).
/// </summary>
internal static class UdpInput
{
    /// <summary>
    /// The part of the memory limit that all receive queues may have: datagrams that nobody reads must not cost
    /// connections (docs/decisions/0057).
    /// </summary>
    private const int MemoryShare = 8;

    /// <summary>Handles a datagram; <paramref name="owner"/> is the engine that has its port.</summary>
    public static void Handle(EngineState engine, in IpPacket packet, MonotonicTime now, ref int owner)
    {
        if (!UdpDatagram.TryParse(packet.Payload, out var datagram))
        {
            engine.Counters.Add(Counter.UdpInErrors);
            return;
        }

        owner = engine.OwnerOf(datagram.DestinationPort);
        if (owner != engine.Share.Index)
            return;
        if (!IsIntact(engine, packet, datagram))
        {
            engine.Counters.Add(Counter.UdpInCsumErrors);
            engine.Counters.Add(Counter.UdpInErrors);
            return;
        }

        var source = new UdpPeer(packet.Source, datagram.SourcePort);
        if (engine.Udp.Find(packet.Destination, datagram.DestinationPort, source) is { } endpoint)
        {
            Deliver(engine, endpoint, source, datagram.Payload);
            return;
        }

        engine.Counters.Add(Counter.UdpNoPorts);
        IcmpErrors.SendPortUnreachable(engine, packet, now);
    }

    /// <summary>The link may have verified the checksum. It cannot have verified one that is not there.</summary>
    private static bool IsIntact(EngineState engine, in IpPacket packet, in UdpDatagram datagram) =>
        engine.Link.ChecksumOffload && datagram.ChecksumField != 0
            ? true
            : datagram.HasValidChecksum(packet.Source, packet.Destination);

    private static void Deliver(
        EngineState engine, UdpEndpoint endpoint, in UdpPeer source, ReadOnlySpan<byte> payload)
    {
        var queue = endpoint.Received;
        var memory = queue.Memory;
        if (!HasRoom(engine, queue, payload.Length) || !queue.TryAdd(engine.Pool, source, payload))
        {
            endpoint.Dropped++;
            engine.Counters.Add(Counter.UdpRcvbufErrors);
            engine.Counters.Add(Counter.UdpInErrors);
            return;
        }

        engine.CountDatagrams(memory, queue.Memory);
        engine.Counters.Add(Counter.UdpInDatagrams);
        engine.Events.Raise(endpoint, EngineEvents.Readable);
    }

    private static bool HasRoom(EngineState engine, DatagramQueue queue, int length)
    {
        if (!queue.HasRoom(length))
            return false;
        var more = queue.MemoryFor(length);
        return more == 0
            || (!engine.Memory.IsExhausted && engine.Udp.Memory + more <= engine.Memory.Limit / MemoryShare);
    }
}
