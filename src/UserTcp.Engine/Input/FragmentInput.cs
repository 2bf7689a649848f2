using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Reassembly;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// Fragments for this host (RFC 791 section 3.2, RFC 1122 section 3.3.2, RFC 8200 section 4.5): checks them, and puts
/// datagrams together. All fragments between two addresses belong to one engine of the host.
/// </summary>
internal static class FragmentInput
{
    private const int MaxPacket = 65_535;
    private const int Unit = 8;
    private const int PayloadLengthOffset = 4;

    /// <summary>The part of the memory limit that incomplete datagrams may have (docs/decisions/0003).</summary>
    private const int MemoryShare = 8;

    /// <summary>
    /// Handles a fragment. Returns the whole packet when this was the last fragment of it, and the caller owns its
    /// block; else null.
    /// </summary>
    public static Block? Handle(EngineState engine, in IpPacket packet, MonotonicTime now, ref int owner)
    {
        owner = engine.Share.OwnerOf(
            engine.HashOf(new FourTuple(packet.Destination, default, packet.Source, default)));
        if (owner != engine.Share.Index || !IpFragment.TryRead(packet, out var fragment))
            return null;
        engine.Counters.Add(Counter.FragmentsReceived);
        if (!IsValid(engine, packet, fragment, now))
        {
            engine.Counters.Add(Counter.DroppedFragment);
            return null;
        }

        return Add(engine, packet, fragment, now);
    }

    /// <summary>The time of the oldest datagrams has passed. Who sent the first fragment is told.</summary>
    public static void Expire(EngineState engine, MonotonicTime now)
    {
        while (engine.Fragments.FindDue(now) is { } datagram)
        {
            var first = datagram.FirstFragment;
            if (!datagram.IsDead)
                engine.Counters.Add(Counter.ReassemblyFailures);
            if (!first.IsEmpty)
                IcmpErrors.SendReassemblyTimeExceeded(engine, datagram.Key, first, now);
            var memory = engine.Fragments.Memory;
            engine.Fragments.Remove(datagram);
            engine.CountFragments(memory);
        }
    }

    private static Block? Add(EngineState engine, in IpPacket packet, in IpFragment fragment, MonotonicTime now)
    {
        var table = engine.Fragments;
        var memory = table.Memory;
        var protocol = packet.IsIPv4 ? fragment.Protocol : default;
        var key = new FragmentKey(packet.Source, packet.Destination, fragment.Identification, protocol);
        var datagram = table.FindOrBegin(key, now, out var lost);
        var wasDead = datagram.IsDead;
        var result = FragmentResult.Dead;
        if (!wasDead)
        {
            var maxMemory = Math.Min(FragmentTable.MaxMemory, engine.Memory.Limit / MemoryShare);
            result = table.Add(datagram, engine.Pool, packet, fragment, maxMemory, out var displaced);
            lost += displaced;
        }

        Block? whole = null;
        switch (result)
        {
            case FragmentResult.Complete:
                whole = table.Take(datagram);
                engine.Counters.Add(whole is null ? Counter.ReassemblyFailures : Counter.DatagramsReassembled);
                break;
            case FragmentResult.Dead when !wasDead:
                lost++;
                engine.Counters.Add(Counter.DroppedFragment);
                break;
            case FragmentResult.Dead or FragmentResult.NoMemory or FragmentResult.Duplicate:
                engine.Counters.Add(Counter.DroppedFragment);
                break;
        }

        for (; lost > 0; lost--)
            engine.Counters.Add(Counter.ReassemblyFailures);
        engine.CountFragments(memory);
        return whole;
    }

    /// <summary>
    /// The lengths of a fragment. RFC 8200 section 4.5 wants an error for what no correct sender makes; over IPv4 it is
    /// dropped silently.
    /// </summary>
    private static bool IsValid(EngineState engine, in IpPacket packet, in IpFragment fragment, MonotonicTime now)
    {
        var length = packet.Payload.Length;
        if (length == 0 || fragment.HeaderLength > PartialDatagram.HeaderRoom)
            return false;
        if (fragment.HasMore && length % Unit != 0)
            return Refuse(engine, packet, IcmpV6.CodeErroneousHeader, PayloadLengthOffset, now);
        var headers = packet.IsIPv4 ? fragment.HeaderLength : fragment.HeaderLength - IpHeader.IPv6Length;
        if (headers + fragment.Offset + length > MaxPacket)
        {
            const int offsetField = 2;
            return Refuse(engine, packet, IcmpV6.CodeErroneousHeader, packet.ProtocolOffset + offsetField, now);
        }

        if (fragment.Offset > 0 || HasTransportHeader(fragment.Protocol, packet.Payload))
            return true;
        return Refuse(engine, packet, IcmpV6.CodeIncompleteHeaderChain, 0, now);
    }

    private static bool Refuse(EngineState engine, in IpPacket packet, byte code, int pointer, MonotonicTime now)
    {
        if (!packet.IsIPv4)
            IcmpErrors.SendParameterProblem(engine, packet, code, pointer, now);
        return false;
    }

    /// <summary>
    /// The first fragment has all headers, so that a filter on the way can have seen them (RFC 7112 section 5; RFC 1858
    /// section 3 for IPv4).
    /// </summary>
    private static bool HasTransportHeader(IpProtocol protocol, ReadOnlySpan<byte> data)
    {
        while (protocol is IpProtocol.Routing or IpProtocol.DestinationOptions)
        {
            if (data.Length < Unit || data.Length < (data[1] + 1) * Unit)
                return false;
            protocol = (IpProtocol)data[0];
            data = data[((data[1] + 1) * Unit)..];
        }

        var needed = protocol switch
        {
            IpProtocol.Tcp => TcpHeader.MinLength,
            IpProtocol.Udp or IpProtocol.Icmp or IpProtocol.IcmpV6 => UdpHeader.Length,
            _ => 0,
        };
        return data.Length >= needed;
    }
}
