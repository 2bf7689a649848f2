using UserTcp.Engine.Contract;
using UserTcp.Engine.Reassembly;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// Sends ICMP errors: port unreachable and protocol unreachable (RFC 1122 sections 3.2.2.1 and 4.1.3.1, RFC 4443
/// section 3.1). For an unknown protocol over IPv6 that is parameter problem (RFC 8200 section 4, RFC 4443 section
/// 3.4).
/// </summary>
internal static class IcmpErrors
{
    // An error quotes as much of the packet as fits into 576 octets (RFC 1812 section 4.3.2.3), over IPv6 into 1,280
    // (RFC 4443 section 2.4 c).
    private const int MaxErrorIPv4 = 576;
    private const int MaxErrorIPv6 = 1280;
    private const int IcmpHeaderLength = 8;

    public static void SendPortUnreachable(EngineState engine, in IpPacket packet, MonotonicTime now) =>
        SendUnreachable(engine, packet, packet.IsIPv4 ? IcmpV4.CodePortUnreachable : IcmpV6.CodePortUnreachable, now);

    /// <summary>
    /// Parameter problem (RFC 792, RFC 4443 section 3.4). The code is that of IPv6; IPv4 has only the pointer. An ICMP
    /// error draws none (RFC 4443 section 2.4 e), nor over IPv4 a fragment but the first (RFC 1122 section 3.2.2).
    /// </summary>
    public static void SendParameterProblem(
        EngineState engine, in IpPacket packet, byte code, int pointer, MonotonicTime now)
    {
        var isLater = IpFragment.TryRead(packet, out var fragment) && fragment.Offset > 0;
        if (isLater ? packet.IsIPv4 : IsIcmpError(packet))
            return;
        if (packet.IsIPv4)
            Send(engine, packet, IcmpV4.ParameterProblem, 0, (uint)pointer << 24, now);
        else
            Send(engine, packet, IcmpV6.ParameterProblem, code, (uint)pointer, now);
    }

    /// <summary>Time exceeded for a datagram whose first fragment is there (RFC 792, RFC 4443 section 3.3).</summary>
    public static void SendReassemblyTimeExceeded(
        EngineState engine, in FragmentKey key, ReadOnlySpan<byte> fragment, MonotonicTime now)
    {
        var (type, code) = key.Source.IsIPv4
            ? (IcmpV4.TimeExceeded, IcmpV4.CodeReassemblyTimeExceeded)
            : (IcmpV6.TimeExceeded, IcmpV6.CodeReassemblyTimeExceeded);
        Send(engine, key.Source, key.Destination, fragment, type, code, 0, now);
    }

    public static void SendProtocolUnknown(EngineState engine, in IpPacket packet, MonotonicTime now)
    {
        if (packet.IsIPv4)
            SendUnreachable(engine, packet, IcmpV4.CodeProtocolUnreachable, now);
        else
        {
            Send(
                engine, packet, IcmpV6.ParameterProblem, IcmpV6.CodeUnrecognizedNextHeader,
                (uint)packet.ProtocolOffset, now);
        }
    }

    private static void SendUnreachable(EngineState engine, in IpPacket packet, byte code, MonotonicTime now) =>
        Send(
            engine, packet,
            packet.IsIPv4 ? IcmpV4.DestinationUnreachable : IcmpV6.DestinationUnreachable, code, 0, now);

    private static void Send(
        EngineState engine, in IpPacket packet, byte type, byte code, uint rest, MonotonicTime now) =>
        Send(engine, packet.Source, packet.Destination, packet.Bytes, type, code, rest, now);

    /// <summary>Sends an error to the source of a packet, which the error quotes.</summary>
    private static void Send(
        EngineState engine, IpAddress source, IpAddress destination, ReadOnlySpan<byte> packet, byte type, byte code,
        uint rest, MonotonicTime now)
    {
        if (!engine.IcmpRate.TryConsume(source, now))
        {
            engine.Counters.Add(Counter.IcmpRateLimited);
            return;
        }

        // An error is not worth fragments, so the MTU of the link is a limit too.
        var largest = Math.Min(source.IsIPv4 ? MaxErrorIPv4 : MaxErrorIPv6, engine.Link.Mtu);
        var room = largest - IpHeader.LengthFor(source) - IcmpHeaderLength;
        var quote = packet[..Math.Min(packet.Length, room)];
        if (engine.Pool.TryRent() is not { } block)
        {
            engine.Counters.Add(Counter.DroppedReply);
            return;
        }

        block.End = IcmpMessage.Write(block.Array, type, code, rest, quote, destination, source);
        if (engine.Replies.TryAddIcmp(new FourTuple(destination, default, source, default), block))
        {
            engine.Counters.Add(Counter.IcmpErrorsSent);
            return;
        }

        block.Release();
        engine.Counters.Add(Counter.DroppedReply);
    }

    /// <summary>True for an ICMP message that is not a request or a reply.</summary>
    private static bool IsIcmpError(in IpPacket packet) => packet.Protocol switch
    {
        IpProtocol.Icmp when packet.IsIPv4 => packet.Payload.IsEmpty
            || packet.Payload[0] is IcmpV4.DestinationUnreachable or IcmpV4.SourceQuench or IcmpV4.Redirect
                or IcmpV4.TimeExceeded or IcmpV4.ParameterProblem,
        // RFC 4443 section 2.1: errors have types below 128.
        IpProtocol.IcmpV6 when !packet.IsIPv4 => packet.Payload.IsEmpty || packet.Payload[0] < IcmpV6.EchoRequest,
        _ => false,
    };
}
