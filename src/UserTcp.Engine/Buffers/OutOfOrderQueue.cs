using UserTcp.Wire;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// The reassembly queue (SHLD-31): data that arrived ahead of a gap, as disjoint ranges in sequence order. Where
/// segments overlap, the data that came first stays. Limited in ranges and blocks; data beyond the limits is dropped,
/// and the peer retransmits it.
/// </summary>
internal sealed class OutOfOrderQueue(BlockPool pool, int maxRanges, int maxBlocks)
{
    private readonly List<HeldRange> _ranges = [];
    private int _blocks;

    /// <summary>Number of ranges.</summary>
    public int RangeCount => _ranges.Count;

    public bool IsEmpty => _ranges.Count == 0;

    /// <summary>Blocks that hold the ranges.</summary>
    public int BlockCount => _blocks;

    /// <summary>Bytes of memory in these blocks.</summary>
    public long Memory => (long)_blocks * BlockPool.StandardSize;

    /// <summary>The first block of each range.</summary>
    public IEnumerable<Block?> Chains => _ranges.Select(range => range.First);

    /// <summary>The start and end of a range.</summary>
    public (SeqNum Start, SeqNum End) this[int index] => (_ranges[index].Start, _ranges[index].End);

    /// <summary>The index of the range that contains <paramref name="seq"/>; -1 when none does.</summary>
    public int Find(SeqNum seq)
    {
        var index = FirstRangeEndingAtOrAfter(seq + 1);
        return index < _ranges.Count && _ranges[index].Range.Contains(seq) ? index : -1;
    }

    /// <summary>
    /// The first bytes of [<paramref name="start"/>, <paramref name="end"/>) that are already in the queue; null when
    /// none are.
    /// </summary>
    public SackBlock? FirstHeld(SeqNum start, SeqNum end)
    {
        var index = FirstRangeEndingAtOrAfter(start + 1);
        return index < _ranges.Count && _ranges[index].Range.Overlaps(SeqRange.Between(start, end))
            ? new SackBlock(SeqNum.Max(start, _ranges[index].Start), SeqNum.Min(end, _ranges[index].End))
            : null;
    }

    /// <summary>Inserts the new parts of a segment's data. False when a limit made it drop some.</summary>
    public bool Insert(SeqNum seq, ReadOnlySpan<byte> data)
    {
        var index = FirstRangeEndingAtOrAfter(seq);
        while (!data.IsEmpty)
        {
            if (index < _ranges.Count && _ranges[index].Start <= seq)
            {
                var covered = Math.Min(Math.Max(_ranges[index].End - seq, 0), data.Length);
                seq += covered;
                data = data[covered..];
                if (data.IsEmpty)
                    return true;
                if (!Extend(index, ref seq, ref data))
                    return false;
            }
            else if (!InsertRange(index, ref seq, ref data))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Dequeues the range that continues at <paramref name="next"/>, without bytes before it; null when there is none.
    /// </summary>
    public Block? DequeueContinuation(SeqNum next)
    {
        while (_ranges.Count > 0 && _ranges[0].Start <= next)
        {
            HeldRange range = _ranges[0];
            _ranges.RemoveAt(0);
            var rest = Trim(range, next - range.Start);
            if (rest is not null)
                return rest;
        }

        return null;
    }

    /// <summary>Discards the data at <paramref name="end"/> and after it.</summary>
    public void DiscardFrom(SeqNum end)
    {
        while (_ranges.Count > 0 && _ranges[^1].End > end)
        {
            HeldRange range = _ranges[^1];
            _ranges.RemoveAt(_ranges.Count - 1);
            var kept = end - range.Start;
            if (kept > 0)
                _ranges.Add(Shorten(range, kept));
            else
                Release(range.First);
        }
    }

    public void Clear()
    {
        foreach (HeldRange range in _ranges)
            Block.ReleaseChain(range.First);
        _ranges.Clear();
        _blocks = 0;
    }

    private int FirstRangeEndingAtOrAfter(SeqNum seq)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].End < seq)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>
    /// Appends to a range that ends at <paramref name="seq"/>, up to the next range, with which it then merges.
    /// </summary>
    private bool Extend(int index, ref SeqNum seq, ref ReadOnlySpan<byte> data)
    {
        HeldRange range = _ranges[index];
        var room = RoomBefore(index + 1, seq, data.Length);
        var added = AppendTo(ref range, data[..room]);
        _ranges[index] = range;
        seq += added;
        data = data[added..];
        if (added < room)
            return false;
        MergeWithNext(index);
        return true;
    }

    private bool InsertRange(int index, ref SeqNum seq, ref ReadOnlySpan<byte> data)
    {
        if (_ranges.Count == maxRanges || _blocks == maxBlocks)
            return false;
        var room = RoomBefore(index, seq, data.Length);
        HeldRange range = new HeldRange(seq, seq, null, null);
        var added = AppendTo(ref range, data[..room]);
        if (added == 0)
            return false;
        _ranges.Insert(index, range);
        seq += added;
        data = data[added..];
        if (added < room)
            return false;
        MergeWithNext(index);
        return true;
    }

    private int RoomBefore(int index, SeqNum seq, int wanted) =>
        index < _ranges.Count ? Math.Min(wanted, _ranges[index].Start - seq) : wanted;

    private int AppendTo(ref HeldRange range, ReadOnlySpan<byte> data)
    {
        var added = 0;
        while (added < data.Length)
        {
            if (range.Last is null || range.Last.Free.IsEmpty)
            {
                if (_blocks == maxBlocks)
                    break;
                if (pool.TryRent() is not { } block)
                    break;
                range = range.With(block);
                _blocks++;
            }

            added += range.Last!.Append(data[added..]);
        }

        range = range with { End = range.End + added };
        return added;
    }

    private void MergeWithNext(int index)
    {
        if (index + 1 >= _ranges.Count || _ranges[index].End != _ranges[index + 1].Start)
            return;
        var (range, next) = (_ranges[index], _ranges[index + 1]);
        range.Last!.NextBlock = next.First;
        _ranges[index] = range with { End = next.End, Last = next.Last };
        _ranges.RemoveAt(index + 1);
    }

    /// <summary>Drops the first bytes of a range that leaves the queue; null when nothing of it is left.</summary>
    private Block? Trim(HeldRange range, int count)
    {
        var block = range.First;
        while (block is not null && count >= block.Length)
        {
            count -= block.Length;
            var next = block.NextBlock;
            block.Release();
            _blocks--;
            block = next;
        }

        if (block is null)
            return null;
        block.Start += count;
        for (var b = block; b is not null; b = b.NextBlock)
            _blocks--;
        return block;
    }

    /// <summary>Keeps the first <paramref name="count"/> bytes of a longer range.</summary>
    private HeldRange Shorten(in HeldRange range, int count)
    {
        var last = range.First!;
        var left = count;
        while (last.Length < left)
        {
            left -= last.Length;
            last = last.NextBlock!;
        }

        last.End = last.Start + left;
        Release(last.NextBlock);
        last.NextBlock = null;
        return range with { End = range.Start + count, Last = last };
    }

    private void Release(Block? first)
    {
        for (var block = first; block is not null; block = block.NextBlock)
            _blocks--;
        Block.ReleaseChain(first);
    }

    private readonly record struct HeldRange(SeqNum Start, SeqNum End, Block? First, Block? Last)
    {
        public SeqRange Range => SeqRange.Between(Start, End);

        public HeldRange With(Block block)
        {
            if (Last is not null)
                Last.NextBlock = block;
            return this with { First = First ?? block, Last = block };
        }
    }
}
