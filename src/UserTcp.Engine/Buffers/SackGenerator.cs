using System.Runtime.CompilerServices;
using UserTcp.Wire;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// What selective acknowledgments tell the peer (RFC 2018 section 4, RFC 2883): which runs of text are held behind a gap, and what has
/// come more than once. It remembers an octet of each run, and asks the queue for the rest, so that nothing is ever reported that is not
/// held. A connection has one only while there is something to tell.
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

    /// <summary>A duplicate has not been reported yet; each is, once (RFC 2883 section 4).</summary>
    public bool HasDuplicate => _duplicateCount > 0;

    /// <summary>Blocks that fit into that many octets, beside two NOPs and the option's head.</summary>
    public static int MaxThatFit(int octets) => Math.Max((octets - HeadLength) / BlockLength, 0);

    /// <summary>The segment that came last is at <paramref name="seq"/>, in a run of the queue: that run is the first to report.</summary>
    public void OnHeld(OutOfOrderQueue queue, SeqNum seq)
    {
        var run = queue.Find(seq);
        if (run < 0)
            return;
        var kept = 0;
        for (var i = 0; i < _recentCount; i++)
        {
            var other = queue.Find(_recent[i]);
            if (other >= 0 && other != run)
                _recent[kept++] = _recent[i];
        }

        for (var i = kept = Math.Min(kept, MaxBlocks - 1); i > 0; i--)
            _recent[i] = _recent[i - 1];
        _recent[0] = seq;
        _recentCount = kept + 1;
    }

    /// <summary>The octets of a block have come again. Those that continue each other are one; what is too much is forgotten.</summary>
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
    /// The blocks of the next segment, at most <paramref name="most"/>: a duplicate, and the run around it (RFC 2883 section 4); the run
    /// that the last segment is in; then those most recently reported, and what else there is (RFC 2018 section 4).
    /// </summary>
    public SackBlocks MakeBlocks(OutOfOrderQueue? queue, int most)
    {
        var blocks = default(SackBlocks);
        var from = 0;
        if (_duplicateCount > 0 && most > 0)
        {
            var duplicate = DequeueDuplicate();
            blocks.TryAdd(duplicate);
            from = 1;
            if (queue is not null)
                AddRun(ref blocks, queue, queue.Find(duplicate.Left), most, from);
        }

        if (queue is null)
            return blocks;
        for (var i = 0; i < _recentCount; i++)
            AddRun(ref blocks, queue, queue.Find(_recent[i]), most, from);
        for (var i = 0; i < queue.RangeCount && blocks.Count < most; i++)
            AddRun(ref blocks, queue, i, most, from);
        return blocks;
    }

    private static void AddRun(ref SackBlocks blocks, OutOfOrderQueue queue, int run, int most, int from)
    {
        if (run < 0 || blocks.Count >= most)
            return;
        var (start, end) = queue[run];
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
