using UserTcp.Wire;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// Text that arrived before what precedes it (SHLD-31): disjoint runs in sequence order. Where runs overlap, what came first
/// stays, whatever a later segment claims. Bounded in runs and in blocks; what does not fit is dropped and the peer sends it again.
/// </summary>
internal sealed class OutOfOrderQueue(BlockPool pool, int maxRuns, int maxBlocks)
{
    private readonly List<Range> _runs = [];
    private int _blocks;

    /// <summary>Runs held.</summary>
    public int RangeCount => _runs.Count;

    public bool IsEmpty => _runs.Count == 0;

    /// <summary>Blocks that hold the runs.</summary>
    public int BlockCount => _blocks;

    /// <summary>Octets of memory in them.</summary>
    public long Memory => (long)_blocks * BlockPool.StandardSize;

    /// <summary>The first block of each run.</summary>
    public IEnumerable<Block?> Chains => _runs.Select(run => run.First);

    /// <summary>Where a run starts and ends.</summary>
    public (SeqNum Start, SeqNum End) this[int index] => (_runs[index].Start, _runs[index].End);

    /// <summary>The index of the run that holds the octet at <paramref name="seq"/>; -1 when none does.</summary>
    public int Find(SeqNum seq)
    {
        var index = FirstRunEndingAtOrAfter(seq + 1);
        return index < _runs.Count && _runs[index].Range.Contains(seq) ? index : -1;
    }

    /// <summary>The first octets of [<paramref name="start"/>, <paramref name="end"/>) that are held already; null when none are.</summary>
    public SackBlock? FirstHeld(SeqNum start, SeqNum end)
    {
        var index = FirstRunEndingAtOrAfter(start + 1);
        return index < _runs.Count && _runs[index].Range.Overlaps(SeqRange.Between(start, end))
            ? new SackBlock(SeqNum.Max(start, _runs[index].Start), SeqNum.Min(end, _runs[index].End))
            : null;
    }

    /// <summary>Keeps the parts of the text that are new. False when a limit made it drop some.</summary>
    public bool Insert(SeqNum seq, ReadOnlySpan<byte> data)
    {
        var index = FirstRunEndingAtOrAfter(seq);
        while (!data.IsEmpty)
        {
            if (index < _runs.Count && _runs[index].Start <= seq)
            {
                var covered = Math.Min(Math.Max(_runs[index].End - seq, 0), data.Length);
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

    /// <summary>Takes the run that continues at <paramref name="next"/>, without what lies before it; null when none does.</summary>
    public Block? DequeueContinuation(SeqNum next)
    {
        while (_runs.Count > 0 && _runs[0].Start <= next)
        {
            Range run = _runs[0];
            _runs.RemoveAt(0);
            var rest = Trim(run, next - run.Start);
            if (rest is not null)
                return rest;
        }

        return null;
    }

    /// <summary>Drops what lies at <paramref name="end"/> and beyond.</summary>
    public void DiscardFrom(SeqNum end)
    {
        while (_runs.Count > 0 && _runs[^1].End > end)
        {
            Range run = _runs[^1];
            _runs.RemoveAt(_runs.Count - 1);
            var kept = end - run.Start;
            if (kept > 0)
                _runs.Add(Shorten(run, kept));
            else
                Release(run.First);
        }
    }

    public void Clear()
    {
        foreach (Range run in _runs)
            Block.ReleaseChain(run.First);
        _runs.Clear();
        _blocks = 0;
    }

    private int FirstRunEndingAtOrAfter(SeqNum seq)
    {
        int low = 0, high = _runs.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_runs[middle].End < seq)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Appends to a run that ends at <paramref name="seq"/>, up to the next run, with which it then becomes one.</summary>
    private bool Extend(int index, ref SeqNum seq, ref ReadOnlySpan<byte> data)
    {
        Range run = _runs[index];
        var room = RoomBefore(index + 1, seq, data.Length);
        var added = AppendTo(ref run, data[..room]);
        _runs[index] = run;
        seq += added;
        data = data[added..];
        if (added < room)
            return false;
        MergeWithNext(index);
        return true;
    }

    private bool InsertRange(int index, ref SeqNum seq, ref ReadOnlySpan<byte> data)
    {
        if (_runs.Count == maxRuns || _blocks == maxBlocks)
            return false;
        var room = RoomBefore(index, seq, data.Length);
        Range run = new Range(seq, seq, null, null);
        var added = AppendTo(ref run, data[..room]);
        if (added == 0)
            return false;
        _runs.Insert(index, run);
        seq += added;
        data = data[added..];
        if (added < room)
            return false;
        MergeWithNext(index);
        return true;
    }

    private int RoomBefore(int index, SeqNum seq, int wanted) =>
        index < _runs.Count ? Math.Min(wanted, _runs[index].Start - seq) : wanted;

    private int AppendTo(ref Range run, ReadOnlySpan<byte> data)
    {
        var added = 0;
        while (added < data.Length)
        {
            if (run.Last is null || run.Last.Free.IsEmpty)
            {
                if (_blocks == maxBlocks)
                    break;
                if (pool.TryRent() is not { } block)
                    break;
                run = run.With(block);
                _blocks++;
            }

            added += run.Last!.Append(data[added..]);
        }

        run = run with { End = run.End + added };
        return added;
    }

    private void MergeWithNext(int index)
    {
        if (index + 1 >= _runs.Count || _runs[index].End != _runs[index + 1].Start)
            return;
        var (run, next) = (_runs[index], _runs[index + 1]);
        run.Last!.NextBlock = next.First;
        _runs[index] = run with { End = next.End, Last = next.Last };
        _runs.RemoveAt(index + 1);
    }

    /// <summary>Drops the first octets of a run that leaves the queue; null when nothing is left of it.</summary>
    private Block? Trim(Range run, int count)
    {
        var block = run.First;
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

    /// <summary>Keeps the first octets of a run, of which there are more.</summary>
    private Range Shorten(in Range run, int count)
    {
        var last = run.First!;
        var left = count;
        while (last.Length < left)
        {
            left -= last.Length;
            last = last.NextBlock!;
        }

        last.End = last.Start + left;
        Release(last.NextBlock);
        last.NextBlock = null;
        return run with { End = run.Start + count, Last = last };
    }

    private void Release(Block? first)
    {
        for (var block = first; block is not null; block = block.NextBlock)
            _blocks--;
        Block.ReleaseChain(first);
    }

    private readonly record struct Range(SeqNum Start, SeqNum End, Block? First, Block? Last)
    {
        public SeqRange Range => SeqRange.Between(Start, End);

        public Range With(Block block)
        {
            if (Last is not null)
                Last.NextBlock = block;
            return this with { First = First ?? block, Last = block };
        }
    }
}
