using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Impairment;

/// <summary>Builds verdicts for an observer.</summary>
internal static class VerdictReport
{
    /// <summary>Reports a fault.</summary>
    public static void Send(
        ILinkObserver observer, ReadOnlySpan<byte> frame, bool isOutbound, in PacketStrikes strikes, FaultKind kind,
        long amount, TimeSpan linkDelay)
    {
        var trigger = strikes.Find(kind);
        Send(observer, frame, new LinkVerdict
        {
            Kind = KindOf(kind, trigger),
            Cause = trigger is not null ? LinkVerdictCause.Trigger
                : kind == FaultKind.Loss && amount != 0 ? LinkVerdictCause.Burst
                : LinkVerdictCause.Chance,
            Outbound = isOutbound,
            Delay = kind is FaultKind.Reorder or FaultKind.Duplicate or FaultKind.Replay
                ? TimeSpan.FromTicks(amount)
                : TimeSpan.Zero,
            LinkDelay = kind == FaultKind.Loss ? linkDelay : TimeSpan.Zero,
            Trigger = strikes.NameOf(kind),
        });
    }

    /// <summary>Reports what the link has done to a frame.</summary>
    /// <param name="observer">Who gets it.</param>
    /// <param name="frame">The frame as it entered the link.</param>
    /// <param name="verdict">The verdict without the frame's fields.</param>
    public static void Send(ILinkObserver observer, ReadOnlySpan<byte> frame, LinkVerdict verdict)
    {
        if (IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _))
            verdict = WithPacket(verdict, packet);
        observer.OnVerdict(verdict, frame);
    }

    private static LinkVerdictKind KindOf(FaultKind kind, LinkTrigger? trigger) => kind switch
    {
        FaultKind.Loss => LinkVerdictKind.Lost,
        FaultKind.Duplicate => LinkVerdictKind.Duplicated,
        FaultKind.Reorder => trigger?.Action == LinkTriggerAction.Hold
            ? LinkVerdictKind.Held
            : LinkVerdictKind.Reordered,
        FaultKind.Corrupt => LinkVerdictKind.Corrupted,
        FaultKind.Mark => LinkVerdictKind.Marked,
        _ => LinkVerdictKind.Replayed,
    };

    private static LinkVerdict WithPacket(in LinkVerdict verdict, in IpPacket packet)
    {
        var (local, remote) = verdict.Outbound
            ? (packet.Source, packet.Destination)
            : (packet.Destination, packet.Source);
        if (packet.Protocol != IpProtocol.Tcp || !TcpSegment.TryParse(packet.Payload, out var segment))
            return verdict with { Tuple = new FourTuple(local, default, remote, default) };
        var (localPort, remotePort) = verdict.Outbound
            ? (segment.SourcePort, segment.DestinationPort)
            : (segment.DestinationPort, segment.SourcePort);
        return verdict with
        {
            Tuple = new FourTuple(local, localPort, remote, remotePort),
            Header = new TcpHeader(
                segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags, segment.Window,
                segment.UrgentPointer),
            PayloadLength = segment.Payload.Length,
        };
    }
}
