using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>ICMP for this host (RFC 792, RFC 4443): answers echo requests, and takes errors to the connection they quote.</summary>
internal static class IcmpInput
{
    /// <summary>Errors are for the engine that has the connection, which <paramref name="owner"/> says; anybody may answer an echo.</summary>
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

    /// <summary>Everything after type and code comes back as it was (RFC 1122 section 3.2.2.6).</summary>
    private static void Reply(EngineState engine, in IpPacket packet, in IcmpMessage request)
    {
        if (engine.Pool.TryRent(request.Bytes.Length) is not { } block)
        {
            engine.Counters.Add(Counter.DroppedReply);
            return;
        }

        var type = packet.IsIPv4 ? IcmpV4.EchoReply : IcmpV6.EchoReply;
        block.End = IcmpMessage.Write(block.Array, type, 0, request.Rest, request.Body, packet.Destination, packet.Source);
        if (engine.Replies.TryAddIcmp(new FourTuple(packet.Destination, default, packet.Source, default), block))
        {
            engine.Counters.Add(Counter.EchoReplies);
            return;
        }

        block.Release();
        engine.Counters.Add(Counter.DroppedReply);
    }

    // RFC 1191 section 3 would go down to 68; less than this is an attack rather than a path (RFC 5927 section 7.2).
    private const int MinMtuIPv4 = 552;
    private const int MinMtuIPv6 = 1280;


    private enum Kind
    {
        Ignored,
        SoftHost,
        SoftNetwork,
        Hard,
        TooBig,
    }

    public static void HandleError(EngineState engine, bool isIPv4, in IcmpMessage message, MonotonicTime now, ref int owner)
    {
        var kind = isIPv4 ? ClassifyV4(message) : ClassifyV6(message);
        if (kind == Kind.Ignored || !QuotedSegment.TryParse(message.Body, isIPv4, out var quoted) || quoted.Protocol != IpProtocol.Tcp)
        {
            engine.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        var hash = engine.HashOf(quoted.Tuple);
        owner = engine.Share.OwnerOf(hash);
        if (owner != engine.Share.Index)
            return;
        if (FindQuoted(engine, quoted, hash) is { } tcb)
            HandleError(engine, tcb, kind, isIPv4, message, quoted, now);
        else
            engine.Counters.Add(Counter.DroppedIcmp);
    }

    private static void HandleError(EngineState engine, Tcb tcb, Kind kind, bool isIPv4, in IcmpMessage message, in QuotedSegment quoted, MonotonicTime now)
    {
        switch (kind)
        {
            case Kind.Hard when !tcb.IsSynchronized && !tcb.IsPassive:
                FastOpenConnect.OnFailed(engine, tcb, now);
                Lifecycle.Delete(engine, tcb, EngineError.ConnectionRefused);
                break;
            case Kind.TooBig:
                HandleTooBig(engine, tcb, NextHopMtu(isIPv4, message), QuotedLength(isIPv4, message.Body), quoted.Seq, now);
                break;
            default:
                ReportSoft(engine, tcb, kind == Kind.SoftNetwork ? EngineError.NetworkUnreachable : EngineError.HostUnreachable);
                break;
        }
    }

    private static Tcb? FindQuoted(EngineState engine, in QuotedSegment quoted, ulong hash)
    {
        var tcb = ConnectionLookup.Enter(engine, quoted.Tuple, hash);
        return tcb is not null && tcb.Snd.InFlight.Contains(quoted.Seq) ? tcb : null;
    }

    /// <summary>SHLD-25, MUST-56: told to the user, and no more.</summary>
    private static void ReportSoft(EngineState engine, Tcb tcb, EngineError error)
    {
        tcb.SoftError = error;
        engine.Events.Raise(tcb, EngineEvents.SoftError);
    }

    /// <summary>RFC 5927 section 7: could what is quoted have been sent, and was it too big for what is claimed?</summary>
    private static void HandleTooBig(EngineState engine, Tcb tcb, int mtu, int quotedLength, SeqNum seq, MonotonicTime now)
    {
        var minPayload = quotedLength - IpHeader.LengthFor(tcb.Tuple.LocalAddress) - TcpHeader.MaxLength;
        if (mtu == 0 || quotedLength <= mtu || quotedLength > engine.Link.MaxFrame || minPayload > tcb.Snd.Nxt - seq)
        {
            engine.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        PathMtuDiscovery.OnTooBig(engine, tcb, mtu, seq, now);
    }

    /// <summary>The length that the quoted header says the packet had.</summary>
    private static int QuotedLength(bool isIPv4, ReadOnlySpan<byte> quoted) => isIPv4
        ? BinaryPrimitives.ReadUInt16BigEndian(quoted[2..])
        : IpHeader.IPv6Length + BinaryPrimitives.ReadUInt16BigEndian(quoted[4..]);

    /// <summary>
    /// An old router leaves the field zero (RFC 1191 section 4): then the least is tried at once. Over IPv6 every link carries 1,280 octets,
    /// and who says otherwise is not believed (RFC 8201 section 4): 0.
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
        // MUST-55: Source Quench among them.
        _ => Kind.Ignored,
    };

    private static Kind ClassifyV6(in IcmpMessage message) => (message.Type, message.Code) switch
    {
        (IcmpV6.PacketTooBig, _) => Kind.TooBig,
        (IcmpV6.DestinationUnreachable, IcmpV6.CodeAdministrativelyProhibited or IcmpV6.CodePortUnreachable) => Kind.Hard,
        (IcmpV6.DestinationUnreachable, IcmpV6.CodeNoRoute) => Kind.SoftNetwork,
        (IcmpV6.DestinationUnreachable, _) => Kind.SoftHost,
        (IcmpV6.TimeExceeded or IcmpV6.ParameterProblem, _) => Kind.SoftHost,
        _ => Kind.Ignored,
    };
}
