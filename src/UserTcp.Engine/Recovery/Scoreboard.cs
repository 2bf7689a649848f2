using System.Diagnostics;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// The scoreboard (RFC 6675 section 3): what is known of each byte from SND.UNA to SND.NXT, as ranges in sequence order
/// without gaps. A frame sent is one range. A SACK block for a part of it splits it, and adjacent SACKed ranges are
/// joined.
/// </summary>
/// <remarks>
/// Bounded: at <see cref="MaxRanges"/> all SACK information is forgotten, which RFC 2018 section 8 allows at any time.
/// </remarks>
internal sealed class Scoreboard
{
    /// <summary>The limit of ranges.</summary>
    public const int MaxRanges = 4096;

    private const int InitialRanges = 16;
    private const int LargestSmall = 256;

    private SentRange[] _ranges = new SentRange[InitialRanges];
    private int _head;
    private int _tail;

    // Bytes lost and not yet retransmitted. Not Lost - Retransmitted: a TLP retransmits what is not lost.
    private int _toRetransmit;

    // No byte before it needs retransmission.
    private SeqNum _retransmitFrom;

    /// <summary>The array is small enough to keep for the next flight.</summary>
    public bool IsSmall => _ranges.Length <= LargestSmall;

    /// <summary>SND.UNA.</summary>
    public SeqNum Start { get; private set; }

    /// <summary>SND.NXT.</summary>
    public SeqNum End => _tail > _head ? _ranges[_tail - 1].End : Start;

    /// <summary>The data in flight: [SND.UNA, SND.NXT).</summary>
    public SeqRange Outstanding => SeqRange.Between(Start, End);

    /// <summary>Bytes SACKed.</summary>
    public int Sacked { get; private set; }

    /// <summary>Segments SACKed.</summary>
    public int SackedSegments { get; private set; }

    /// <summary>Bytes lost.</summary>
    public int Lost { get; private set; }

    /// <summary>Bytes retransmitted and in flight.</summary>
    public int Retransmitted { get; private set; }

    /// <summary>Bytes lost since <see cref="Begin"/>.</summary>
    public long TotalLost { get; private set; }

    /// <summary>RACK.fack: the highest sequence number after data that was delivered.</summary>
    public SeqNum Forward { get; private set; }

    /// <summary>pipe (RFC 6675): bytes that are probably in the network.</summary>
    public int Pipe => End - Start - Sacked - Lost + Retransmitted;

    /// <summary>The smallest range that contains all that was marked lost since <see cref="ClearMarked"/>.</summary>
    public SeqRange Marked { get; private set; }

    /// <summary>Lost data waits to be retransmitted.</summary>
    public bool NeedsRetransmission => _toRetransmit > 0;

    public ReadOnlySpan<SentRange> Ranges => _ranges.AsSpan(_head, _tail - _head);

    /// <summary>Begins at SND.UNA with nothing in flight.</summary>
    public void Begin(SeqNum una)
    {
        _head = _tail = 0;
        Start = Forward = _retransmitFrom = una;
        Sacked = SackedSegments = Lost = Retransmitted = _toRetransmit = 0;
        TotalLost = 0;
        Marked = default;
    }

    /// <summary>Clears <see cref="Marked"/>.</summary>
    public void ClearMarked() => Marked = default;

    /// <summary>When the data in flight at a sequence number was last sent.</summary>
    public MonotonicTime SentAt(SeqNum seq) => _ranges[IndexOf(seq)].SentAt;

    /// <summary>Bytes of the last segment in flight, a FIN counted as one; 0 when nothing is in flight.</summary>
    public int LastSegment(int smss, bool hasFin)
    {
        if (_head == _tail)
            return 0;
        var octets = End - (_tail - _head > 1 ? _ranges[_tail - 2].End : Start);
        var fin = hasFin ? 1 : 0;
        // A range of several segments ends with what is left over by whole ones.
        return octets - fin <= smss ? octets : ((octets - fin - 1) % smss) + 1 + fin;
    }

    /// <summary>New data up to <paramref name="range"/>.End is sent.</summary>
    public void Append(in SentRange range)
    {
        if (_tail - _head >= MaxRanges)
        {
            Forget();
            if (_tail - _head >= MaxRanges)
            {
                Extend(range);
                return;
            }
        }

        MakeRoom(1);
        _ranges[_tail++] = range;
    }

    /// <summary>SND.UNA has advanced.</summary>
    public void Acknowledge(SeqNum una, ref Delivery delivery)
    {
        while (_head < _tail && Start < una)
        {
            ref var range = ref _ranges[_head];
            var end = SeqNum.Min(range.End, una);
            var octets = end - Start;
            if (!range.Has(RangeFlags.Sacked))
                delivery.Add(range, end, octets);
            if (end == range.End)
                _head++;
            Discount(range, octets, isWhole: end == range.End);
            Start = end;
        }

        Start = una;
        Forward = SeqNum.Max(Forward, una);
        _retransmitFrom = SeqNum.Max(_retransmitFrom, una);
        if (_head == _tail)
            _head = _tail = 0;
    }

    /// <summary>
    /// SACKs [left, right), which is in flight. A part that would need a range too many is ignored: the peer reports it
    /// again.
    /// </summary>
    /// <returns>Bytes SACKed for the first time.</returns>
    public int Sack(SeqNum left, SeqNum right, ref Delivery delivery)
    {
        Debug.Assert(
            Outstanding.Contains(SeqRange.Between(left, right)), "A SACK block lies outside of the data in flight.");
        MakeRoom(2);
        var before = Sacked;
        var index = IndexOf(left);
        if (StartOf(index) < left && !_ranges[index].Has(RangeFlags.Sacked))
        {
            if (!TrySplit(index, left))
                return 0;
            index++;
        }

        for (; index < _tail && StartOf(index) < right; index++)
        {
            if (_ranges[index].Has(RangeFlags.Sacked))
                continue;
            if (_ranges[index].End > right && !TrySplit(index, right))
                break;
            MarkSacked(index, ref delivery);
            index = JoinSacked(index);
        }

        Forward = SeqNum.Max(Forward, SeqNum.Min(right, End));
        return Sacked - before;
    }

    /// <summary>Marks the range at an index into <see cref="Ranges"/> lost, or its retransmission.</summary>
    /// <returns>Bytes marked.</returns>
    public int MarkLost(int index)
    {
        ref var range = ref _ranges[_head + index];
        var octets = range.End - StartOf(_head + index);
        TotalLost += octets;
        var start = StartOf(_head + index);
        Marked = Marked.IsEmpty
            ? SeqRange.Between(start, range.End)
            : SeqRange.Between(SeqNum.Min(Marked.Start, start), SeqNum.Max(Marked.End, range.End));
        SetFlags(ref range, octets, (range.Flags & ~RangeFlags.Retransmitted) | RangeFlags.Lost);
        _retransmitFrom = SeqNum.Min(_retransmitFrom, start);
        return octets;
    }

    /// <summary>Marks the first <paramref name="octets"/> bytes in flight lost.</summary>
    /// <returns>Bytes marked.</returns>
    public int MarkFirstLost(int octets)
    {
        MakeRoom(1);
        var end = SeqNum.Min(Start + octets, End);
        var marked = 0;
        for (var i = _head; i < _tail && StartOf(i) < end; i++)
        {
            if (_ranges[i].End > end)
                TrySplit(i, end);
            if (!_ranges[i].Has(RangeFlags.Sacked))
                marked += MarkLost(i - _head);
        }

        return marked;
    }

    /// <summary>Marks all data from <paramref name="from"/> on lost.</summary>
    public void MarkLostFrom(SeqNum from)
    {
        for (var i = _tail - 1; i >= _head && StartOf(i) >= from; i--)
        {
            if (!_ranges[i].Has(RangeFlags.Sacked))
                MarkLost(i - _head);
        }
    }

    /// <summary>
    /// Finds the first lost bytes that wait to be retransmitted. Lost ranges next to each other count as one.
    /// </summary>
    /// <param name="max">Bytes to look for; the result ends with the range that reaches them.</param>
    /// <param name="from">The first lost sequence number.</param>
    /// <param name="end">The sequence number after the last.</param>
    /// <returns>False when there are none.</returns>
    public bool FindLost(int max, out SeqNum from, out SeqNum end)
    {
        from = end = default;
        if (!NeedsRetransmission)
            return false;
        for (var i = IndexOf(SeqNum.Max(_retransmitFrom, Start)); i < _tail; i++)
        {
            if (!_ranges[i].NeedsRetransmission)
                continue;
            from = StartOf(i);
            while (i + 1 < _tail && _ranges[i + 1].NeedsRetransmission && _ranges[i].End - from < max)
                i++;
            end = _ranges[i].End;
            return true;
        }

        return false;
    }

    /// <summary>The bytes [from, <paramref name="sent"/>.End) are retransmitted; none of them is SACKed.</summary>
    public void MarkRetransmitted(SeqNum from, in SentRange sent)
    {
        MakeRoom(2);
        var index = IndexOf(from);
        if (StartOf(index) < from && TrySplit(index, from))
            index++;
        for (; index < _tail && StartOf(index) < sent.End; index++)
        {
            // Lost ranges that go out together are one range from now on.
            while (index + 1 < _tail && _ranges[index].End < sent.End && _ranges[index].NeedsRetransmission
                && _ranges[index + 1].NeedsRetransmission)
            {
                Join(index);
            }

            if (_ranges[index].End > sent.End)
                TrySplit(index, sent.End);
            ref var range = ref _ranges[index];
            SetFlags(
                ref range, range.End - StartOf(index), range.Flags | RangeFlags.Retransmitted | RangeFlags.Ambiguous);
            range.SentAt = sent.SentAt;
            range.Snapshot = sent.Snapshot;
        }

        AdvanceRetransmitFrom();
    }

    /// <summary>Undo: clears the Lost flag on every range not yet retransmitted.</summary>
    public void UnmarkLost()
    {
        for (var i = _head; i < _tail; i++)
        {
            ref var range = ref _ranges[i];
            if (range.NeedsRetransmission)
                SetFlags(ref range, range.End - StartOf(i), range.Flags & ~RangeFlags.Lost);
        }
    }

    /// <summary>Forgets all SACK information: the peer may have dropped the data (RFC 2018 section 8).</summary>
    public void ForgetSacked()
    {
        for (var i = _head; i < _tail; i++)
            _ranges[i].Flags &= ~RangeFlags.Sacked;
        Sacked = SackedSegments = 0;
    }

    /// <summary>SACK reneging: the first range in flight is SACKed, yet not acknowledged.</summary>
    public bool IsReneged => _head < _tail && _ranges[_head].Has(RangeFlags.Sacked);

    /// <summary>When the first range in flight was last sent; there must be one.</summary>
    public MonotonicTime FirstSentAt => _ranges[_head].SentAt;

    private void AdvanceRetransmitFrom()
    {
        if (!NeedsRetransmission)
        {
            _retransmitFrom = End;
            return;
        }

        var index = IndexOf(SeqNum.Max(_retransmitFrom, Start));
        while (!_ranges[index].NeedsRetransmission)
            index++;
        _retransmitFrom = StartOf(index);
    }

    private SeqNum StartOf(int index) => index == _head ? Start : _ranges[index - 1].End;

    private void MarkSacked(int index, ref Delivery delivery)
    {
        ref var range = ref _ranges[index];
        var octets = range.End - StartOf(index);
        delivery.Add(range, range.End, octets);
        SackedSegments += range.Segments;
        SetFlags(ref range, octets, (range.Flags & RangeFlags.Ambiguous) | RangeFlags.Sacked);
    }

    /// <summary>Joins a SACKed range with its SACKed neighbours, and returns the new index.</summary>
    private int JoinSacked(int index)
    {
        if (index + 1 < _tail && _ranges[index + 1].Has(RangeFlags.Sacked))
            Join(index);
        if (index > _head && _ranges[index - 1].Has(RangeFlags.Sacked))
            Join(--index);
        return index;
    }

    /// <summary>Joins a range and the next one.</summary>
    private void Join(int index)
    {
        _ranges[index + 1].Flags |= _ranges[index].Flags;
        _ranges[index + 1].Segments = (ushort)Math.Min(
            _ranges[index].Segments + _ranges[index + 1].Segments, ushort.MaxValue);
        _ranges.AsSpan(index + 1, _tail - index - 1).CopyTo(_ranges.AsSpan(index));
        _tail--;
    }

    private void Discount(in SentRange range, int octets, bool isWhole)
    {
        Count(range, -octets);
        if (range.Has(RangeFlags.Sacked))
            SackedSegments = Sacked == 0 ? 0 : Math.Max(SackedSegments - (isWhole ? range.Segments : 0), 1);
    }

    /// <summary>Changes the flags of a range of <paramref name="octets"/> bytes, and the counts with them.</summary>
    private void SetFlags(ref SentRange range, int octets, RangeFlags flags)
    {
        Count(range, -octets);
        range.Flags = flags;
        Count(range, octets);
    }

    /// <summary>Adds bytes to the counts of a range's flags, or subtracts them.</summary>
    private void Count(in SentRange range, int octets)
    {
        if (range.Has(RangeFlags.Sacked))
            Sacked += octets;
        if (range.Has(RangeFlags.Lost))
            Lost += octets;
        if (range.Has(RangeFlags.Retransmitted))
            Retransmitted += octets;
        if (range.NeedsRetransmission)
            _toRetransmit += octets;
    }

    /// <summary>
    /// Splits the range at an index; there must be room in the array. False when there are too many ranges.
    /// </summary>
    private bool TrySplit(int index, SeqNum at)
    {
        if (_tail - _head >= MaxRanges)
            return false;
        var start = StartOf(index);
        _ranges.AsSpan(index, _tail - index).CopyTo(_ranges.AsSpan(index + 1));
        _tail++;
        ref var first = ref _ranges[index];
        ref var second = ref _ranges[index + 1];
        var segments = first.Segments;
        first.Segments = (ushort)Math.Clamp(
            ((long)segments * (at - start) + (second.End - start) - 1) / (second.End - start), 1, ushort.MaxValue);
        second.Segments = (ushort)Math.Max(segments - first.Segments, 1);
        first.End = at;
        return true;
    }

    /// <summary>Makes room for more ranges at the end; indices change.</summary>
    private void MakeRoom(int more)
    {
        if (_tail + more <= _ranges.Length)
            return;
        var count = _tail - _head;
        if (_head < Math.Max(_ranges.Length / 2, more))
            Array.Resize(ref _ranges, _ranges.Length * 2);
        _ranges.AsSpan(_head, count).CopyTo(_ranges);
        (_head, _tail) = (0, count);
    }

    private int IndexOf(SeqNum seq)
    {
        int low = _head, high = _tail - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].End <= seq)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Too many ranges: forgets SACK information and joins neighbours with the same flags.</summary>
    private void Forget()
    {
        ForgetSacked();
        var kept = _head;
        for (var i = _head + 1; i < _tail; i++)
        {
            if (((_ranges[i].Flags ^ _ranges[kept].Flags) & ~RangeFlags.Ambiguous) == RangeFlags.None)
            {
                var segments = (ushort)Math.Min(_ranges[kept].Segments + _ranges[i].Segments, ushort.MaxValue);
                // The send times are lost, so it counts as ambiguous.
                _ranges[kept] =
                    _ranges[i] with { Segments = segments, Flags = _ranges[i].Flags | RangeFlags.Ambiguous };
            }
            else
            {
                _ranges[++kept] = _ranges[i];
            }
        }

        _tail = kept + 1;
    }

    /// <summary>Still too many ranges: the new data joins the last range.</summary>
    private void Extend(in SentRange range)
    {
        ref var last = ref _ranges[_tail - 1];
        var octets = range.End - last.End;
        Count(last, octets);
        last.End = range.End;
        last.Segments = (ushort)Math.Min(last.Segments + range.Segments, ushort.MaxValue);
    }
}
