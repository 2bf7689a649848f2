using UserTcp.Engine.Contract;
using UserTcp.Engine.Icmp;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// ICMP errors that we send: port and protocol unreachable (RFC 1122 sections 3.2.2.1 and 4.1.3.1, RFC 4443 section 3.1), and for IPv6
/// instead of the latter parameter problem (RFC 8200 section 4, RFC 4443 section 3.4).
/// </summary>
internal sealed class IcmpErrors(EngineCore core)
{
    // RFC 1812 section 4.3.2.3: as much of the packet as fits into 576 octets; RFC 4443 section 2.4 c: into 1,280.
    private const int MaxErrorIPv4 = 576;
    private const int MaxErrorIPv6 = 1280;
    private const int IcmpHeaderLength = 8;

    private readonly IcmpRateLimit _limit = new(core.Keys.RateLimit, core.Options.IcmpErrorsPerSecond);

    public void SendPortUnreachable(in IpPacket packet, MonotonicTime now) =>
        SendUnreachable(packet, packet.IsIPv4 ? IcmpV4.CodePortUnreachable : IcmpV6.CodePortUnreachable, now);

    public void SendProtocolUnknown(in IpPacket packet, MonotonicTime now)
    {
        if (packet.IsIPv4)
            SendUnreachable(packet, IcmpV4.CodeProtocolUnreachable, now);
        else
            Send(packet, IcmpV6.ParameterProblem, IcmpV6.CodeUnrecognizedNextHeader, (uint)packet.ProtocolOffset, now);
    }

    private void SendUnreachable(in IpPacket packet, byte code, MonotonicTime now) =>
        Send(packet, packet.IsIPv4 ? IcmpV4.DestinationUnreachable : IcmpV6.DestinationUnreachable, code, 0, now);

    private void Send(in IpPacket packet, byte type, byte code, uint rest, MonotonicTime now)
    {
        if (!_limit.TryConsume(packet.Source, now))
        {
            core.Counters.Add(Counter.IcmpRateLimited);
            return;
        }

        // Our packets are never fragmented: on the smallest links the link decides.
        var largest = Math.Min(packet.IsIPv4 ? MaxErrorIPv4 : MaxErrorIPv6, core.Link.Mtu);
        var room = largest - IpHeader.LengthFor(packet.Source) - IcmpHeaderLength;
        var quote = packet.Bytes[..Math.Min(packet.Bytes.Length, room)];
        if (core.Pool.TryRent() is not { } block)
        {
            core.Counters.Add(Counter.DroppedReply);
            return;
        }

        block.End = IcmpMessage.Write(block.Array, type, code, rest, quote, packet.Destination, packet.Source);
        if (core.Replies.TryAddIcmp(new FourTuple(packet.Destination, default, packet.Source, default), block))
        {
            core.Counters.Add(Counter.IcmpErrorsSent);
            return;
        }

        block.Release();
        core.Counters.Add(Counter.DroppedReply);
    }
}
