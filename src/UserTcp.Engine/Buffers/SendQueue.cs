using UserTcp.Wire;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// The octets from SND.UNA on that the user has given: sent and unacknowledged ones first, then unsent ones. They stay in the
/// user's blocks; a segment and its retransmission are slices of them.
/// </summary>
internal struct SendQueue
{
    /// <summary>Up to this many octets are copied behind the last text when there is room, so that small sends do not pin blocks.</summary>
    private const int CoalesceLimit = 2048;

    private Block? _first;
    private Block? _last;

    // Where the last slice ended: the next one usually starts there, so a long queue is not walked for each segment.
    private Block? _cursor;
    private SeqNum _cursorSeq;

    /// <summary>Octets in the queue.</summary>
    public int Length { get; private set; }

    /// <summary>Octets of memory in its blocks.</summary>
    public long Memory { get; private set; }

    /// <summary>The sequence number of the first octet.</summary>
    public SeqNum Start { get; private set; }

    /// <summary>The sequence number after the last octet.</summary>
    public readonly SeqNum End => Start + Length;

    public void Begin(SeqNum start) => Start = start;

    /// <summary>Appends a chain of blocks and owns them from now on.</summary>
    public void Append(Block? chain)
    {
        while (chain is not null)
        {
            var next = chain.NextBlock;
            chain.NextBlock = null;
            AppendBlock(chain);
            chain = next;
        }
    }

    /// <summary>The octets [<paramref name="from"/>, <paramref name="from"/> + <paramref name="length"/>), which must be in the queue.</summary>
    public DataSlice Slice(SeqNum from, int length)
    {
        if (length == 0)
            return default;
        var block = _first;
        var offset = from - Start;
        if (_cursor is not null && from >= _cursorSeq)
        {
            block = _cursor;
            offset = from - _cursorSeq;
        }

        while (offset >= block!.Length)
        {
            offset -= block.Length;
            block = block.NextBlock;
        }

        _cursor = block;
        _cursorSeq = from - offset;
        return new DataSlice(block, offset, length);
    }

    /// <summary>Drops the octets before <paramref name="una"/>, which the peer has acknowledged; returns how many.</summary>
    public int AcknowledgeUpTo(SeqNum una)
    {
        var count = Math.Min(una - Start, Length);
        if (count <= 0)
            return 0;
        Start += count;
        Length -= count;
        var left = count;
        while (left > 0 && _first is not null)
        {
            var inFirst = Math.Min(left, _first.Length);
            _first.Start += inFirst;
            left -= inFirst;
            if (_first.Length > 0)
            {
                if (_first == _cursor)
                    _cursorSeq = Start;
                break;
            }

            RemoveFirst();
        }

        return count;
    }

    public void Clear()
    {
        // Detached first: a chain that turns out to be broken is lost rather than given back twice.
        Block.ReleaseChain(Detach());
    }

    /// <summary>Lets go of the chain, which is the caller's from now on; touches none of its blocks.</summary>
    public Block? Detach()
    {
        var chain = _first;
        _first = _last = _cursor = null;
        Length = 0;
        Memory = 0;
        return chain;
    }

    private void AppendBlock(Block block)
    {
        Length += block.Length;
        if (block.Length == 0)
        {
            block.Release();
        }
        else if (_last is not null && block.Length <= CoalesceLimit && block.Length <= _last.Free.Length)
        {
            _last.Append(block.Content);
            block.Release();
        }
        else
        {
            if (_last is null)
                _first = block;
            else
                _last.NextBlock = block;
            _last = block;
            Memory += block.Capacity;
        }
    }

    private void RemoveFirst()
    {
        var block = _first!;
        _first = block.NextBlock;
        if (_first is null)
            _last = null;
        if (block == _cursor)
            _cursor = null;
        Memory -= block.Capacity;
        block.Release();
    }
}
