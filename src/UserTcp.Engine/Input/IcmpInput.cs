using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// ICMP for this host (RFC 792, RFC 4443): echo requests, and errors about our segments (RFC 9293 section 3.9.2.2,
/// MUST-54) and datagrams (<see cref="UdpErrors"/>). Anybody can forge an error. So it counts only when the segment it
/// quotes is in flight (RFC 5927 section 4.1), and it never ends a synchronized connection (section 5.2 there).
/// </summary>
internal static class IcmpInput
{
    // RFC 1191 section 3 allows 68; a smaller MTU than this is an attack rather than a path (RFC 5927 section 7.2).
    private const int MinMtuIPv4 = 552;
    private const int MinMtuIPv6 = 1280;

    /// <summary>What an ICMP error means to a connection or a UDP endpoint.</summary>
    internal enum Kind
    {
        Ignored,
        SoftHost,
        SoftNetwork,
        Hard,
        TooBig,
    }

    /// <summary>
    /// Answers an echo request, or hands an error to the connection that it quotes. Any engine of the host answers an
    /// echo request; <paramref name="owner"/> is the engine that has the connection.
    /// </summary>
    public static void Handle(EngineState engine, in IpPacket packet, MonotonicTime now, ref int owner)
    {
        if (!IcmpMessage.TryParse(packet.Payload, out var message) ||
            !message.HasValidChecksum(packet.Source, packet.Destination))
        {
            engine.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        var isEcho = message.Type == (packet.IsIPv4 ? IcmpV4.EchoRequest : IcmpV6.EchoRequest);
        if (isEcho)
            Reply(engine, packet, message);
        else
            IcmpInput.HandleError(engine, packet.IsIPv4, message, now, ref owner);
    }

    /// <summary>
    /// Echo reply: everything after type and code is copied from the request (RFC 1122 section 3.2.2.6).
    /// </summary>
    private static void Reply(EngineState engine, in IpPacket packet, in IcmpMessage request)
    {
        // A fragmented request draws a fragmented reply, of which few wait at a time.
        if (!engine.Replies.HasRoomFor(request.Bytes.Length)
            || engine.Pool.TryRent(request.Bytes.Length) is not { } block)
        {
            engine.Counters.Add(Counter.DroppedReply);
            return;
        }

        var type = packet.IsIPv4 ? IcmpV4.EchoReply : IcmpV6.EchoReply;
        block.End = IcmpMessage.Write(
            block.Array, type, 0, request.Rest, request.Body, packet.Destination, packet.Source);
        if (engine.Replies.TryAddIcmp(new FourTuple(packet.Destination, default, packet.Source, default), block))
        {
            engine.Counters.Add(Counter.EchoReplies);
            return;
        }

        block.Release();
        engine.Counters.Add(Counter.DroppedReply);
    }

    private static void HandleError(
        EngineState engine, bool isIPv4, in IcmpMessage message, MonotonicTime now, ref int owner)
    {
        var kind = isIPv4 ? ClassifyV4(message) : ClassifyV6(message);
        if (kind != Kind.Ignored && QuotedDatagram.TryParse(message.Body, isIPv4, out var datagram))
        {
            owner = engine.OwnerOf(datagram.Tuple.LocalPort);
            if (owner == engine.Share.Index)
                UdpErrors.Handle(engine, kind, NextHopMtu(isIPv4, message), datagram, now);
            return;
        }

        if (kind == Kind.Ignored || !QuotedSegment.TryParse(message.Body, isIPv4, out var quoted)
            || quoted.Protocol != IpProtocol.Tcp)
        {
            engine.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        var hash = engine.HashOf(quoted.Tuple);
        owner = engine.Share.OwnerOf(hash);
        if (owner != engine.Share.Index)
            return;
        if (EnterQuoted(engine, quoted, hash) is { } tcb)
            HandleError(engine, tcb, kind, isIPv4, message, quoted, now);
        else
            engine.Counters.Add(Counter.DroppedIcmp);
    }

    private static void HandleError(
        EngineState engine, Tcb tcb, Kind kind, bool isIPv4, in IcmpMessage message, in QuotedSegment quoted,
        MonotonicTime now)
    {
        switch (kind)
        {
            case Kind.Hard when !tcb.IsSynchronized && !tcb.IsPassive:
                FastOpenConnect.OnFailed(engine, tcb, now);
                Lifecycle.Delete(engine, tcb, EngineError.ConnectionRefused);
                break;
            case Kind.TooBig:
                var quotedLength = QuotedLength(isIPv4, message.Body);
                HandleTooBig(engine, tcb, NextHopMtu(isIPv4, message), quotedLength, quoted.Seq, now);
                break;
            default:
                var isNetwork = kind == Kind.SoftNetwork;
                ReportSoft(engine, tcb, isNetwork ? EngineError.NetworkUnreachable : EngineError.HostUnreachable);
                break;
        }
    }

    /// <summary>
    /// Enters the connection whose segment is quoted; null when no such segment is in flight on the link. No router
    /// sees the segments of a host to itself.
    /// </summary>
    private static Tcb? EnterQuoted(EngineState engine, in QuotedSegment quoted, ulong hash)
    {
        var tcb = ConnectionLookup.Enter(engine, quoted.Tuple, hash);
        return tcb is { IsLooped: false } && tcb.Snd.Outstanding.Contains(quoted.Seq) ? tcb : null;
    }

    /// <summary>A soft error (SHLD-25, MUST-56) is reported to the application and changes nothing else.</summary>
    private static void ReportSoft(EngineState engine, Tcb tcb, EngineError error)
    {
        tcb.SoftError = error;
        engine.Events.Raise(tcb, EngineEvents.SoftError);
    }

    /// <summary>
    /// RFC 5927 section 7: ignores the error unless the quoted segment can have been sent and is larger than the
    /// reported MTU.
    /// </summary>
    private static void HandleTooBig(
        EngineState engine, Tcb tcb, int mtu, int quotedLength, SeqNum seq, MonotonicTime now)
    {
        var minPayload = quotedLength - IpHeader.LengthFor(tcb.Tuple.LocalAddress) - TcpHeader.MaxLength;
        if (mtu == 0 || quotedLength <= mtu || quotedLength > engine.Link.MaxFrame || minPayload > tcb.Snd.Nxt - seq)
        {
            engine.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        PathMtuDiscovery.OnTooBig(engine, tcb, mtu, seq, now);
    }

    /// <summary>The packet's length by the quoted IP header.</summary>
    private static int QuotedLength(bool isIPv4, ReadOnlySpan<byte> quoted) => isIPv4
        ? BinaryPrimitives.ReadUInt16BigEndian(quoted[2..])
        : IpHeader.IPv6Length + BinaryPrimitives.ReadUInt16BigEndian(quoted[4..]);

    /// <summary>
    /// The next-hop MTU in bytes. An old router leaves the field 0 (RFC 1191 section 4): then it is the minimum at
    /// once. Every IPv6 link carries 1,280 bytes, so a smaller MTU is rejected (RFC 8201 section 4): 0.
    /// </summary>
    private static int NextHopMtu(bool isIPv4, in IcmpMessage message) => isIPv4
        ? Math.Max((int)(message.Rest & 0xFFFF), MinMtuIPv4)
        : message.Rest < MinMtuIPv6 ? 0 : (int)Math.Min(message.Rest, ushort.MaxValue);

    private static Kind ClassifyV4(in IcmpMessage message) => (message.Type, message.Code) switch
    {
        (IcmpV4.DestinationUnreachable, IcmpV4.CodeFragmentationNeeded) => Kind.TooBig,
        (IcmpV4.DestinationUnreachable, IcmpV4.CodeProtocolUnreachable or IcmpV4.CodePortUnreachable) => Kind.Hard,
        (IcmpV4.DestinationUnreachable, IcmpV4.CodeNetworkUnreachable) => Kind.SoftNetwork,
        (IcmpV4.DestinationUnreachable, _) => Kind.SoftHost,
        (IcmpV4.TimeExceeded or IcmpV4.ParameterProblem, _) => Kind.SoftHost,
        // MUST-55: Source Quench is ignored.
        _ => Kind.Ignored,
    };

    private static Kind ClassifyV6(in IcmpMessage message) => (message.Type, message.Code) switch
    {
        (IcmpV6.PacketTooBig, _) => Kind.TooBig,
        (IcmpV6.DestinationUnreachable, IcmpV6.CodeAdministrativelyProhibited) => Kind.Hard,
        (IcmpV6.DestinationUnreachable, IcmpV6.CodePortUnreachable) => Kind.Hard,
        (IcmpV6.DestinationUnreachable, IcmpV6.CodeNoRoute) => Kind.SoftNetwork,
        (IcmpV6.DestinationUnreachable, _) => Kind.SoftHost,
        (IcmpV6.TimeExceeded or IcmpV6.ParameterProblem, _) => Kind.SoftHost,
        _ => Kind.Ignored,
    };
}
