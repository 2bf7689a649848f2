using UserTcp.Differential.Scripts;
using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>
/// The peer of one connection: writes its segments and parses the stack's. Octet i of a stream is a function of i.
/// </summary>
internal sealed class Peer(FourTuple tuple, SeqNum start)
{
    private const int Cycle = 251;

    // More than a script's in-order data, less than any window.
    private const int MinEdge = 40_000;
    private const int HopLimit = 64;
    private const TcpFlags Known = TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Rst | TcpFlags.Ack | TcpFlags.Urg;

    private SeqNum? _stackStart;
    private SeqNum? _sent;
    private SeqNum? _acked;
    private SeqNum? _edge;
    private WindowScale? _offeredScale;
    private bool? _isScaled;
    private bool _synHasScale;
    private bool _hasAskedWithoutAck;
    private PeerClock _clock;
    private Story _story;
    private SeqNum _start = start;
    private SeqNum _syn = start;

    private SeqNum StackStart => _stackStart ?? default;

    /// <summary>The octet at <paramref name="index"/> of the user's or the peer's stream.</summary>
    public static byte OctetAt(long index) => (byte)(((index % Cycle) + Cycle) % Cycle);

    public byte[] Frame(InjectStep step)
    {
        var seq = Resolve(step.Seq, _start);
        var hasAck = step.Flags.HasFlag(TcpFlags.Ack);
        _hasAskedWithoutAck = !hasAck;
        var header = new TcpHeader(
            tuple.RemotePort, tuple.LocalPort, seq, hasAck ? Resolve(step.Ack, StackStart) : default, step.Flags,
            (ushort)step.Window, (ushort)step.Urgent);
        var segment = new byte[TcpHeader.MaxLength + step.Data];
        var options = new TcpOptions
        {
            SackPermitted = step.PermitsSack,
            Timestamps = _clock.Stamp(step),
            Mss = (ushort?)step.Mss,
            WindowScale = step.Scale is { } shift ? WindowScale.FromWire((byte)shift) : null,
        };
        if (step.Flags.HasFlag(TcpFlags.Syn))
            (_syn, _synHasScale) = (seq, step.Scale is not null);
        var length = header.Write(segment, options);
        _story.Record(step, seq - _start);
        var first = unchecked((int)(seq.Value - _start.Value)) + (step.Flags.HasFlag(TcpFlags.Syn) ? 1 : 0);
        for (var i = 0; i < step.Data; i++)
            segment[length + i] = OctetAt(first + i - 1L);
        return Packet(segment.AsSpan(0, length + step.Data));
    }

    public Place Locate(InjectStep step)
    {
        var (seq, ack) = (Resolve(step.Seq, _start), Resolve(step.Ack, StackStart));
        return new Place(
            seq - (_acked ?? _start), ack - (_sent ?? StackStart), seq - _start, ack - StackStart,
            _story.IsContradiction || _story.IsContradictedBy(step, seq - _start));
    }

    /// <summary>Later segments of the stack answer no segment.</summary>
    public void SayNothing() => _hasAskedWithoutAck = false;

    /// <summary>Parses a frame; null for an earlier connection.</summary>
    public SentSegment? Read(byte[] frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _)
            || !TcpSegment.TryParse(packet.Payload, out var segment))
        {
            return null;
        }

        if (segment.SourcePort != tuple.LocalPort || segment.DestinationPort != tuple.RemotePort)
            return null;
        if (segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Rst))
            Begin(segment);
        if (!segment.Has(TcpFlags.Rst))
            Note(segment);
        var hasAck = segment.Has(TcpFlags.Ack);
        var options = segment.ParseOptions();
        return new SentSegment(
            segment.Flags & Known, SeqOf(segment),
            hasAck ? unchecked((int)(segment.Ack.Value - _start.Value)) : 0, segment.Payload.Length)
        {
            // The window of a RST has no meaning.
            HasZeroWindow = segment.Window == 0 && !segment.Has(TcpFlags.Rst),
            Mss = segment.Has(TcpFlags.Syn) ? options.Mss : null,
            HasScale = segment.Has(TcpFlags.Syn) && options.WindowScale is not null,
            IsDataWrong = IsDataWrong(segment),
            PermitsSack = segment.Has(TcpFlags.Syn) && segment.Has(TcpFlags.Ack) && options.SackPermitted,
            Echo = _clock.EchoOf(segment),
            Sack = SackOf(segment),
        };
    }

    /// <summary>The RST that ends the connection.</summary>
    public byte[] LastReset() => Frame(new InjectStep(TcpFlags.Rst | TcpFlags.Ack, Number.Acked(), Number.Sent()));

    /// <summary>
    /// The SACK blocks relative to IRS. The window's edge, and with it data at the edge, differs between the stacks.
    /// </summary>
    private string SackOf(in TcpSegment segment)
    {
        var blocks = segment.ParseOptions().Sack;
        var words = new List<string>();
        for (var i = 0; i < blocks.Count; i++)
        {
            var left = unchecked((int)(blocks[i].Left.Value - _start.Value));
            words.Add(left > MinEdge ? "edge" : $"{left}-{unchecked((int)(blocks[i].Right.Value - _start.Value))}");
        }

        return string.Join(',', words);
    }

    /// <summary>A RST for a segment without ACK has SEG.SEQ 0.</summary>
    private int SeqOf(in TcpSegment segment) =>
        segment.Flags.HasFlag(TcpFlags.Rst) && segment.Seq.Value == 0 && _hasAskedWithoutAck
            ? 0
            : unchecked((int)(segment.Seq.Value - StackStart.Value));

    /// <summary>The stack's first segment of a connection, or its retransmission. Starts a new connection.</summary>
    private void Begin(in TcpSegment segment)
    {
        if (_stackStart is not null && _stackStart != segment.Seq)
            (_sent, _acked, _edge, _isScaled, _story) = (null, null, null, null, default);
        _clock.Begin(segment);
        _stackStart = segment.Seq;
        _offeredScale = segment.ParseOptions().WindowScale;
        if (segment.Has(TcpFlags.Ack) && segment.Ack == _syn + 1)
            _start = _syn;
    }

    private void Note(in TcpSegment segment)
    {
        var end = segment.Seq + segment.Length;
        _sent = _sent is { } sent ? SeqNum.Max(sent, end) : end;
        if (!segment.Has(TcpFlags.Ack))
            return;
        _acked = _acked is { } acked ? SeqNum.Max(acked, segment.Ack) : segment.Ack;
        // Both SYNs need the option; the peer's is the one that the stack acknowledges first.
        _isScaled ??= _synHasScale && _offeredScale is not null;
        var scale = _isScaled.Value && !segment.Has(TcpFlags.Syn) ? _offeredScale!.Value : WindowScale.None;
        var edge = segment.Ack + scale.ToOctets(segment.Window);
        _edge = _edge is { } known ? SeqNum.Max(known, edge) : edge;
    }

    private bool IsDataWrong(in TcpSegment segment)
    {
        var first = unchecked((int)(segment.Seq.Value - StackStart.Value)) - 1L;
        for (var i = 0; i < segment.Payload.Length; i++)
        {
            if (segment.Payload[i] != OctetAt(first + i))
                return true;
        }

        return false;
    }

    private SeqNum Resolve(Number number, SeqNum ofStart) => number.From switch
    {
        NumberBase.Sent => (_sent ?? StackStart) + number.Offset,
        NumberBase.Acked => (_acked ?? _start) + number.Offset,
        NumberBase.Edge => (_edge ?? _start) + number.Offset,
        _ => ofStart + number.Offset,
    };

    private byte[] Packet(Span<byte> segment)
    {
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(tuple.RemoteAddress, tuple.LocalAddress, IpProtocol.Tcp, segment.Length);
        sum.Add(segment);
        TcpHeader.WriteChecksum(segment, sum.Finish());
        var frame = new byte[IpHeader.LengthFor(tuple.LocalAddress) + segment.Length];
        var at = IpHeader.Write(
            frame, tuple.RemoteAddress, tuple.LocalAddress, IpProtocol.Tcp, segment.Length, HopLimit, 0);
        segment.CopyTo(frame.AsSpan(at));
        return frame;
    }

    /// <summary>The peer's stream: how far it was sent, and where it ends.</summary>
    private struct Story
    {
        private int? _fin;
        private int _end;

        public bool IsContradiction { get; private set; }

        public readonly bool IsContradictedBy(InjectStep step, int seq)
        {
            var end = seq + step.Data;
            var hasFin = step.Flags.HasFlag(TcpFlags.Fin);
            return (hasFin && (end < _end || (_fin is { } other && other != end))) || (_fin is { } fin && end > fin);
        }

        public void Record(InjectStep step, int seq)
        {
            IsContradiction |= IsContradictedBy(step, seq);
            var end = seq + step.Data;
            _end = step.Data > 0 ? Math.Max(_end, end) : _end;
            if (step.Flags.HasFlag(TcpFlags.Fin))
                _fin ??= end;
        }
    }
}
