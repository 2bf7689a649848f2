using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Recording;

/// <summary>One loss of a recording that has not happened in its replay.</summary>
internal sealed class WithoutLoss
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(1);

    private readonly RecordedBlock _frame;
    private readonly AckRewriter? _rewriter;
    private readonly LinkVerdict _verdict;
    private bool _hasPassed;

    private WithoutLoss(RecordedEntry entry)
    {
        var (verdict, stamp) = (entry.Verdict, entry.Stamps[0]);
        Number = stamp.Number;
        _verdict = verdict;
        if (verdict.Outbound)
        {
            var end = verdict.Header.Seq + verdict.PayloadLength
                + ((verdict.Header.Flags & TcpFlags.Fin) != 0 ? 1 : 0);
            _rewriter = new AckRewriter(verdict.Tuple, verdict.Header.Seq, end);
        }
        else
        {
            _frame = entry.Blocks[0] with { Data = entry.Blocks[0].Data.ToArray() };
            Due = stamp.Time + verdict.LinkDelay;
        }
    }

    /// <summary>The number of the link's verdict.</summary>
    public long Number { get; }

    /// <summary>When the frame arrives that the link has dropped; never when it was a frame of ours.</summary>
    public MonotonicTime Due { get; private set; } = MonotonicTime.Never;

    /// <summary>Finds a loss by the number of its verdict.</summary>
    /// <exception cref="ArgumentException">There is no such loss, or its effect is not known.</exception>
    /// <exception cref="InvalidDataException">The recording is not valid.</exception>
    public static WithoutLoss Find(RecordingReader reader, long number)
    {
        var parser = new EntryParser(reader.Header.Links.Count);
        var entry = new RecordedEntry();
        reader.Rewind();
        while (reader.TryRead(out var bytes))
        {
            parser.Parse(bytes, entry);
            if (entry.Kind == EntryKind.Verdict && entry.Stamps[0].Number == number)
                return new WithoutLoss(Checked(entry, number));
        }

        throw new ArgumentException($"the recording has no event of the link with number {number}");
    }

    /// <summary>An entry begins. True when it is the loss itself.</summary>
    public bool IsThis(RecordedEntry entry)
    {
        if (entry.Kind != EntryKind.Verdict || entry.Stamps[0].Number != Number)
            return false;
        _hasPassed = true;
        return true;
    }

    /// <summary>The frame arrives.</summary>
    public RecordedBlock Deliver()
    {
        Due = MonotonicTime.Never;
        return _frame;
    }

    /// <summary>
    /// True when the dropped frame arrives before that entry: a frame of the same connection that was sent later. When
    /// none arrives, it does not wait for long: frames that were sent earlier may still be in the device's queue.
    /// </summary>
    public bool IsDue(RecordedEntry entry)
    {
        if (!_hasPassed || entry.Now < Due)
            return false;
        return entry.Now > Due + MaxWait
            || (entry.Kind == EntryKind.Frame && IsLater(entry.Blocks[0].Data.Span));
    }

    /// <summary>Rewrites the frames of a peer whose answers the loss has changed.</summary>
    public void Rewrite(RecordedEntry entry)
    {
        if (_hasPassed && entry.Kind == EntryKind.Frame && _rewriter?.Rewrite(entry.Blocks[0].Data.Span) is { } frame)
            entry.Blocks[0] = entry.Blocks[0] with { Data = frame };
    }

    private bool IsLater(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _) || packet.Protocol != IpProtocol.Tcp
            || !TcpSegment.TryParse(packet.Payload, out var segment)
            || new FourTuple(packet.Destination, segment.DestinationPort, packet.Source, segment.SourcePort)
                != _verdict.Tuple)
        {
            return false;
        }

        return segment.Seq > _verdict.Header.Seq
            || (segment.Seq == _verdict.Header.Seq && segment.Ack > _verdict.Header.Ack);
    }

    private static RecordedEntry Checked(RecordedEntry entry, long number)
    {
        var verdict = entry.Verdict;
        if (verdict.Kind is not (LinkVerdictKind.Lost or LinkVerdictKind.QueueFull))
            throw new ArgumentException($"event {number} is no loss: the link has done something else to the frame");
        if (verdict.Outbound && ((verdict.Header.Flags & TcpFlags.Syn) != 0 || IsEmpty(verdict)))
        {
            throw new ArgumentException(
                $"the lost frame of event {number} has neither data nor FIN, or is a SYN: what the peer would have "
                + "done is not known");
        }

        return entry;
    }

    private static bool IsEmpty(in LinkVerdict verdict) =>
        verdict.PayloadLength == 0 && (verdict.Header.Flags & TcpFlags.Fin) == 0;
}
