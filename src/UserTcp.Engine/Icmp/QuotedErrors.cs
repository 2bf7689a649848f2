using System.Buffers.Binary;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Events;
using UserTcp.Engine.Loss;
using UserTcp.Wire;

namespace UserTcp.Engine.Icmp;

/// <summary>
/// ICMP errors about segments of ours (RFC 9293 section 3.9.2.2, MUST-54). Anybody can forge one, so it counts only when what it
/// quotes is in flight (RFC 5927 section 4.1), and it never ends a synchronized connection (section 5.2 there).
/// </summary>
internal sealed class QuotedErrors(EngineCore core)
{
    // RFC 1191 section 3 would go down to 68; less than this is an attack rather than a path (RFC 5927 section 7.2).
    private const int LeastMtuIPv4 = 552;
    private const int LeastMtuIPv6 = 1280;

    private enum Kind
    {
        Ignored,
        SoftHost,
        SoftNetwork,
        Hard,
        TooBig,
    }

    public void Handle(bool isIPv4, in IcmpMessage message, MonotonicTime now, ref int owner)
    {
        var kind = isIPv4 ? ClassifyV4(message) : ClassifyV6(message);
        if (kind == Kind.Ignored || !QuotedSegment.TryParse(message.Body, isIPv4, out var quoted) || quoted.Protocol != IpProtocol.Tcp)
        {
            core.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        var hash = core.HashOf(quoted.Tuple);
        owner = core.Share.OwnerOf(hash);
        if (owner != core.Share.Index)
            return;
        if (FindInFlight(quoted, hash) is { } tcb)
            Take(tcb, kind, isIPv4, message, now);
        else
            core.Counters.Add(Counter.DroppedIcmp);
    }

    private void Take(Tcb tcb, Kind kind, bool isIPv4, in IcmpMessage message, MonotonicTime now)
    {
        switch (kind)
        {
            case Kind.Hard when !tcb.IsSynchronized && !tcb.IsPassive:
                core.Delete(tcb, EngineError.ConnectionRefused);
                break;
            case Kind.TooBig:
                LowerMss(tcb, NextHopMtu(isIPv4, message), QuotedLength(isIPv4, message.Body), now);
                break;
            default:
                ReportSoft(tcb, kind == Kind.SoftNetwork ? EngineError.NetworkUnreachable : EngineError.HostUnreachable);
                break;
        }

        core.ScheduleOutput(tcb);
        core.UpdateTimers(tcb);
    }

    private Tcb? FindInFlight(in QuotedSegment quoted, ulong hash)
    {
        var tcb = HalfOpenRest.Find(core, quoted.Tuple, hash);
        return tcb is not null && quoted.Seq >= tcb.Snd.Una && quoted.Seq < tcb.Snd.Nxt ? tcb : null;
    }

    /// <summary>SHLD-25, MUST-56: told to the user, and no more.</summary>
    private void ReportSoft(Tcb tcb, EngineError error)
    {
        tcb.SoftError = error;
        core.Raise(tcb, EngineEvents.SoftError);
    }

    /// <summary>RFC 1191 section 6.4, RFC 8201: only ever down, and what was too big goes out again at once in smaller pieces, once an RTO.</summary>
    private void LowerMss(Tcb tcb, int mtu, int quotedLength, MonotonicTime now)
    {
        // What would have passed was not too big: nobody but a forger says so (RFC 5927 section 7).
        if (quotedLength <= mtu)
        {
            core.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        var mss = mtu - IpHeader.LengthFor(tcb.Tuple.LocalAddress) - TcpHeader.MinLength - tcb.Ts.Overhead;
        if (!tcb.IsSynchronized || mss >= tcb.Snd.Mss)
            return;
        tcb.Snd.Mss = mss;
        tcb.Congestion.OnSmssChanged(mss);
        // A router further on may say still less; a flood of them is a forger's. What is not sent again now the timer finds.
        if (now < tcb.NextPathMtuResend)
            return;
        tcb.NextPathMtuResend = now + tcb.Rtt.Rto(core.Options);
        LossRecovery.Resend(tcb, SegmentReason.PathMtu);
    }

    /// <summary>The length that the quoted header says the packet had.</summary>
    private static int QuotedLength(bool isIPv4, ReadOnlySpan<byte> quoted) => isIPv4
        ? BinaryPrimitives.ReadUInt16BigEndian(quoted[2..])
        : IpHeader.IPv6Length + BinaryPrimitives.ReadUInt16BigEndian(quoted[4..]);

    /// <summary>An old router leaves the field zero (RFC 1191 section 4): then the least is tried at once.</summary>
    private static int NextHopMtu(bool isIPv4, in IcmpMessage message) => isIPv4
        ? Math.Max((int)(message.Rest & 0xFFFF), LeastMtuIPv4)
        : (int)Math.Clamp(message.Rest, LeastMtuIPv6, ushort.MaxValue);

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
