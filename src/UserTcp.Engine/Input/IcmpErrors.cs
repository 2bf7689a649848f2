using UserTcp.Engine.Contract;
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

    private static void Send(EngineState engine, in IpPacket packet, byte type, byte code, uint rest, MonotonicTime now)
    {
        if (!engine.IcmpRate.TryConsume(packet.Source, now))
        {
            engine.Counters.Add(Counter.IcmpRateLimited);
            return;
        }

        // Our packets are never fragmented, so the MTU of the link is a limit too.
        var largest = Math.Min(packet.IsIPv4 ? MaxErrorIPv4 : MaxErrorIPv6, engine.Link.Mtu);
        var room = largest - IpHeader.LengthFor(packet.Source) - IcmpHeaderLength;
        var quote = packet.Bytes[..Math.Min(packet.Bytes.Length, room)];
        if (engine.Pool.TryRent() is not { } block)
        {
            engine.Counters.Add(Counter.DroppedReply);
            return;
        }

        block.End = IcmpMessage.Write(block.Array, type, code, rest, quote, packet.Destination, packet.Source);
        if (engine.Replies.TryAddIcmp(new FourTuple(packet.Destination, default, packet.Source, default), block))
        {
            engine.Counters.Add(Counter.IcmpErrorsSent);
            return;
        }

        block.Release();
        engine.Counters.Add(Counter.DroppedReply);
    }
}
