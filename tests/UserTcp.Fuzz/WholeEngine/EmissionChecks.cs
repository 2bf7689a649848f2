using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Fuzz.Running;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>Invariants of each sent frame, and of a connection's numbers between steps.</summary>
internal sealed class EmissionChecks(TcpEngine engine, WorldSetup setup)
{
    private readonly List<Watch> _watches = [];
    private readonly Stack<Watch> _spare = new();
    private bool _isReply;

    /// <summary>The connections, with those that ended in this step.</summary>
    public IReadOnlyList<Watch> Watches => _watches;

    /// <summary>The link refused frames for a time, so that segments left after they were due.</summary>
    public bool HasWaited { get; set; }

    /// <summary>Records what an honest peer would hold.</summary>
    public bool Record { get; set; }

    /// <summary>
    /// Only transitions of RFC 9293 figure 5, up to two for one segment with FIN; challenge ACKs are limited.
    /// </summary>
    public void OnSegment(in TraceEvent traceEvent)
    {
        var seen = traceEvent.Segment;
        // A queued reply may outlive its connection, and another may have its tuple. Only a connection has vitals.
        _isReply = seen.Sent && traceEvent.Vitals is null;
        if (seen.Before != TcpState.Listen && !Transitions.IsLegal(seen.Before, seen.After))
        {
            var fin = (seen.Header.Flags & TcpFlags.Fin) != 0;
            Require(
                fin && IsTwoSteps(seen.Before, seen.After), "transition",
                $"{seen.Before} to {seen.After} by [{seen.Header.Flags}]");
        }

        if (!seen.Sent || seen.Reason != SegmentReason.ChallengeAck
            || engine.State.Connections.Find(seen.Tuple) is not { } tcb)
        {
            return;
        }

        var watch = WatchOf(tcb);
        Require(
            HasWaited || watch.LastChallenge is not { } last || seen.Time - last >= setup.Options.ChallengeAckInterval,
            "challenge ACKs", "Two challenge ACKs within their interval.");
        watch.LastChallenge = seen.Time;
    }

    /// <summary>A frame parses, fits the link, and respects the peer's window and options.</summary>
    public void OnEmitted(ReadOnlySpan<byte> frame, int headerLength, int segmentSize)
    {
        Require(
            frame.Length <= setup.Link.MaxFrame, "frame: length",
            $"{frame.Length} bytes over a link of {setup.Link.MaxFrame}.");
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out var error))
        {
            Require(
                error == IpParseError.Fragment && IpFragment.TryRead(packet, out var fragment)
                && IsSound(fragment, packet), "frame: IP header", $"It does not parse: {error}.");
            return;
        }

        Require(packet.Bytes.Length == frame.Length, "frame: length", "The IP header says another length.");
        if (packet.Protocol == IpProtocol.Udp)
        {
            Require(
                UdpDatagram.TryParse(packet.Payload, out var datagram) && datagram.ChecksumField != 0
                && datagram.HasValidChecksum(packet.Source, packet.Destination)
                && datagram.Bytes.Length == packet.Payload.Length && frame.Length <= setup.Link.Mtu
                && Pattern.Matches(datagram.Payload, 0),
                "frame: UDP", "A datagram does not parse, or its checksum, its length or its data is wrong.");
            return;
        }

        if (packet.Protocol != IpProtocol.Tcp)
        {
            Require(
                IcmpMessage.TryParse(packet.Payload, out var message)
                && message.HasValidChecksum(packet.Source, packet.Destination),
                "frame: ICMP", "An ICMP message does not parse, or its checksum is wrong.");
            return;
        }

        Require(TcpSegment.TryParse(packet.Payload, out var segment), "frame: TCP header", "It does not parse.");
        Require(!segment.ParseOptions().Malformed, "frame: options", "They are malformed.");
        Require(
            headerLength == frame.Length - segment.Payload.Length, "frame: header",
            "It does not end where the payload begins.");
        Require(
            setup.Link.ChecksumOffload || segment.HasValidChecksum(packet.Source, packet.Destination),
            "frame: TCP checksum", "It is wrong.");
        Require(
            segmentSize > 0
                ? headerLength + segmentSize <= setup.Link.Mtu && segmentSize < segment.Payload.Length
                : frame.Length <= setup.Link.Mtu,
            "frame: MTU", $"{frame.Length} bytes in segments of {segmentSize} over an MTU of {setup.Link.Mtu}.");
        var tuple = new FourTuple(packet.Source, segment.SourcePort, packet.Destination, segment.DestinationPort);
        if (!_isReply && engine.State.Connections.Find(tuple) is { } tcb && !segment.Has(TcpFlags.Rst))
            CheckSegment(tcb, segment);
    }

    /// <summary>
    /// A fragment fits the link, has data in whole units, and ends within a packet. It is never of TCP.
    /// </summary>
    private bool IsSound(in IpFragment fragment, in IpPacket packet) =>
        fragment.Protocol is IpProtocol.Udp or IpProtocol.Icmp or IpProtocol.IcmpV6
        && packet.Bytes.Length <= setup.Link.Mtu && !packet.Payload.IsEmpty
        && (!fragment.HasMore || packet.Payload.Length % 8 == 0)
        && fragment.Offset + packet.Payload.Length <= ushort.MaxValue;

    /// <summary>SND.UNA, SND.NXT, RCV.NXT and both windows' edges never decrease.</summary>
    public void AfterStep()
    {
        foreach (var tcb in engine.State.Connections.All())
        {
            var watch = WatchOf(tcb);
            watch.SendEdge = SeqNum.Max(watch.SendEdge, tcb.Active.Snd.Edge);
            // SND.NXT goes back over data of our SYN that the peer has not accepted (RFC 7413 section 4.2.2).
            if (!tcb.IsSynchronized && !tcb.IsPassive)
                continue;
            if (watch.HasSendState && (tcb.Active.Snd.Una < watch.Una || tcb.Active.Snd.Nxt < watch.Nxt))
            {
                throw new FindingException(
                    "order: SND",
                    $"In {tcb.State} SND.UNA went from {watch.Una - tcb.Active.Snd.Iss} to "
                    + $"{tcb.Active.Snd.Una - tcb.Active.Snd.Iss}, SND.NXT from {watch.Nxt - tcb.Active.Snd.Iss} to "
                    + $"{tcb.Active.Snd.Nxt - tcb.Active.Snd.Iss}.");
            }

            (watch.HasSendState, watch.Una, watch.Nxt) = (true, tcb.Active.Snd.Una, tcb.Active.Snd.Nxt);
            Require(
                !watch.HasReceived || (tcb.Active.Rcv.Nxt >= watch.RcvNxt && tcb.Active.Rcv.Edge >= watch.RcvEdge),
                "order: RCV", "RCV.NXT or the receive window's edge went back.");
            (watch.HasReceived, watch.RcvNxt, watch.RcvEdge) = (true, tcb.Active.Rcv.Nxt, tcb.Active.Rcv.Edge);
        }

        for (var i = _watches.Count - 1; i >= 0 && _watches.Count > engine.State.Connections.Count; i--)
        {
            if (_watches[i].Tcb.IsLive)
                continue;
            _spare.Push(_watches[i]);
            _watches.RemoveAt(i);
        }
    }

    private static bool IsTwoSteps(TcpState from, TcpState to) =>
        Enum.GetValues<TcpState>().Any(middle => Transitions.IsLegal(from, middle) && Transitions.IsLegal(middle, to));

    private void CheckSegment(Tcb tcb, in TcpSegment segment)
    {
        var watch = WatchOf(tcb);
        watch.SendEdge = SeqNum.Max(watch.SendEdge, tcb.Active.Snd.Edge);
        Require(
            (segment.ParseOptions().Timestamps is not null) == tcb.Active.Ts.Ok, "frame: timestamps",
            "Sent though not agreed on, or the other way round.");
        CheckAcknowledgment(tcb, watch, segment);
        var offset = unchecked(segment.Seq.Value - tcb.Active.Snd.Iss.Value) + (segment.Has(TcpFlags.Syn) ? 1u : 0);
        Require(
            Pattern.Matches(segment.Payload, offset), "payload: sent",
            $"{segment.Payload.Length} bytes at offset {offset} are not what the application gave.");
        if (!segment.Has(TcpFlags.Syn))
            CheckPayload(tcb, watch, segment);
    }

    private static void CheckAcknowledgment(Tcb tcb, Watch watch, in TcpSegment segment)
    {
        if (!segment.Has(TcpFlags.Ack))
            return;
        Require(watch.Acked is not { } acked || segment.Ack >= acked, "order: ACK", "An ACK went back.");
        watch.Acked = segment.Ack;
        if (segment.Has(TcpFlags.Syn))
            return;
        var edge = segment.Ack + tcb.Active.Rcv.Scale.ToOctets(segment.Window);
        // RFC 7323 section 2.4: a scaled window rounds the edge.
        Require(
            watch.OfferedEdge is not { } offered || edge - offered > -(1 << tcb.Active.Rcv.Scale.Shift),
            "order: window",
            $"The offered window's right edge went back by {watch.OfferedEdge.GetValueOrDefault() - edge}.");
        watch.OfferedEdge = watch.OfferedEdge is { } before ? SeqNum.Max(before, edge) : edge;
        foreach (var block in Blocks(segment.ParseOptions().Sack))
        {
            Require(
                block.Right > block.Left && (block.Right <= tcb.Active.Rcv.Nxt || block.Right <= tcb.Active.Rcv.Edge),
                "frame: SACK",
                $"A block [{block.Left - tcb.Active.Rcv.Nxt}, {block.Right - tcb.Active.Rcv.Nxt}) "
                + $"relative to RCV.NXT.");
        }
    }

    private static List<SackBlock> Blocks(in SackBlocks sack)
    {
        if (sack.Count == 0)
            return None;
        var blocks = new List<SackBlock>();
        for (var i = 0; i < sack.Count; i++)
            blocks.Add(sack[i]);
        return blocks;
    }

    private static readonly List<SackBlock> None = [];

    private void CheckPayload(Tcb tcb, Watch watch, in TcpSegment segment)
    {
        var length = segment.Length;
        var end = segment.Seq + length;
        // Data, and probes with an old sequence number: the peer has to answer.
        watch.HasSent |= length > 0 || segment.Seq < tcb.AcceptableSeq;
        if (length == 0)
            return;
        var isSizeProbe = tcb.PathMtu is { ProbeSize: > 0 } search && search.ProbeFrom == segment.Seq
            && search.ProbeSize == segment.Payload.Length;
        Require(
            setup.Link.SegmentationOffload || segment.Payload.Length <= tcb.Active.Snd.Mss || isSizeProbe, "send: MSS",
            $"{segment.Payload.Length} bytes in a segment, MSS {tcb.Active.Snd.Mss}.");
        Require(segment.Seq >= tcb.Active.Snd.Una, "send: acknowledged", "Acknowledged data is retransmitted.");
        Require(end <= tcb.Active.Snd.Nxt, "send: SND.NXT", "Data beyond SND.NXT.");
        Require(end <= watch.SendEdge, "send: window", $"{end - watch.SendEdge} bytes beyond the peer's window.");
        if (!Record)
            return;
        watch.Hold(segment.Seq, end);
    }

    private Watch WatchOf(Tcb tcb)
    {
        foreach (var watch in _watches)
        {
            if (watch.Tcb == tcb)
                return watch;
        }

        var made = _spare.TryPop(out var spare) ? spare : new Watch();
        made.Begin(tcb);
        _watches.Add(made);
        return made;
    }

    /// <summary>The numbers of a connection at the last check.</summary>
    internal sealed class Watch
    {
        public Tcb Tcb = null!;
        public SeqNum Una;
        public SeqNum Nxt;
        public SeqNum SendEdge;
        public SeqNum HonestNxt;
        public SeqNum? Acked;
        public SeqNum? OfferedEdge;
        public SeqNum RcvNxt;
        public SeqNum RcvEdge;
        public MonotonicTime? LastChallenge;
        public bool HasReceived;
        public bool HasSendState;
        public bool HasSent;

        private readonly List<(SeqNum Start, SeqNum End)> _held = [];

        /// <summary>An honest peer keeps all data, and acknowledges data without a gap before it.</summary>
        public void Hold(SeqNum start, SeqNum end)
        {
            HonestNxt = SeqNum.Max(HonestNxt, Tcb.Active.Snd.Una);
            _held.Add((start, end));
            for (var i = 0; i < _held.Count; i++)
            {
                if (_held[i].Start > HonestNxt)
                    continue;
                HonestNxt = SeqNum.Max(HonestNxt, _held[i].End);
                _held.RemoveAt(i);
                i = -1;
            }
        }

        public void Begin(Tcb tcb)
        {
            Tcb = tcb;
            SendEdge = SeqNum.Max(tcb.Active.Snd.Edge, tcb.Active.Snd.Nxt);
            HonestNxt = tcb.Active.Snd.Una;
            (Acked, OfferedEdge, LastChallenge) = (null, null, null);
            HasReceived = HasSendState = HasSent = false;
            _held.Clear();
        }
    }
}
