using System.Runtime.CompilerServices;
using UserTcp.Wire;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// Builds SACK blocks (RFC 2018 section 4) and D-SACKs (RFC 2883): the ranges of the reassembly queue, and duplicates.
/// It keeps one sequence number per recent range and asks the queue for its bounds, so that it never reports data that
/// is not held. Exists only while there is something to report.
/// </summary>
internal sealed class SackGenerator
{
    // At most four blocks fit into a segment, three beside timestamps (RFC 2018 section 3).
    private const int MaxBlocks = SackBlocks.MaxCount;
    private const int HeadLength = 4;
    private const int BlockLength = 8;

    private Numbers _recent;
    private int _recentCount;
    private Duplicates _duplicates;
    private int _duplicateCount;

    /// <summary>True while a duplicate is not yet reported; each is reported once (RFC 2883 section 4).</summary>
    public bool HasDuplicate => _duplicateCount > 0;

    /// <summary>
    /// The number of blocks that fit into that many bytes of options, with two NOPs and the option's header.
    /// </summary>
    public static int MaxThatFit(int bytes) => Math.Max((bytes - HeadLength) / BlockLength, 0);

    /// <summary>Makes the range of the latest segment, at <paramref name="seq"/>, the first to report.</summary>
    public void OnHeld(OutOfOrderQueue queue, SeqNum seq)
    {
        var range = queue.Find(seq);
        if (range < 0)
            return;
        var kept = 0;
        for (var i = 0; i < _recentCount; i++)
        {
            var other = queue.Find(_recent[i]);
            if (other >= 0 && other != range)
                _recent[kept++] = _recent[i];
        }

        for (var i = kept = Math.Min(kept, MaxBlocks - 1); i > 0; i--)
            _recent[i] = _recent[i - 1];
        _recent[0] = seq;
        _recentCount = kept + 1;
    }

    /// <summary>Records a duplicate. Adjacent duplicates merge; beyond four they are dropped.</summary>
    public void OnDuplicate(SackBlock block)
    {
        if (_duplicateCount > 0)
        {
            ref var last = ref _duplicates[_duplicateCount - 1];
            if (last.Range.Touches(block.Range))
            {
                last = new SackBlock(SeqNum.Min(last.Left, block.Left), SeqNum.Max(last.Right, block.Right));
                return;
            }
        }

        if (_duplicateCount < MaxBlocks)
            _duplicates[_duplicateCount++] = block;
    }

    /// <summary>
    /// The blocks of the next segment, at most <paramref name="max"/>. First a duplicate and the range around it
    /// (RFC 2883 section 4), then the range of the latest segment, then those most recently reported, then the others
    /// (RFC 2018 section 4).
    /// </summary>
    public SackBlocks MakeBlocks(OutOfOrderQueue? queue, int max)
    {
        var blocks = default(SackBlocks);
        var from = 0;
        if (_duplicateCount > 0 && max > 0)
        {
            var duplicate = DequeueDuplicate();
            blocks.TryAdd(duplicate);
            from = 1;
            if (queue is not null)
                AddRange(ref blocks, queue, queue.Find(duplicate.Left), max, from);
        }

        if (queue is null)
            return blocks;
        for (var i = 0; i < _recentCount; i++)
            AddRange(ref blocks, queue, queue.Find(_recent[i]), max, from);
        for (var i = 0; i < queue.RangeCount && blocks.Count < max; i++)
            AddRange(ref blocks, queue, i, max, from);
        return blocks;
    }

    private static void AddRange(ref SackBlocks blocks, OutOfOrderQueue queue, int range, int max, int from)
    {
        if (range < 0 || blocks.Count >= max)
            return;
        var (start, end) = queue[range];
        for (var i = from; i < blocks.Count; i++)
        {
            if (blocks[i].Left == start)
                return;
        }

        blocks.TryAdd(new SackBlock(start, end));
    }

    private SackBlock DequeueDuplicate()
    {
        var first = _duplicates[0];
        _duplicateCount--;
        for (var i = 0; i < _duplicateCount; i++)
            _duplicates[i] = _duplicates[i + 1];
        return first;
    }

    [InlineArray(MaxBlocks)]
    private struct Numbers
    {
        private SeqNum _first;
    }

    [InlineArray(MaxBlocks)]
    private struct Duplicates
    {
        private SackBlock _first;
    }
}
