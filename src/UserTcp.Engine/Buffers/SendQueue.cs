using UserTcp.Wire;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// The application's data from SND.UNA on: first sent and unacknowledged, then unsent. It stays in the application's
/// blocks; a segment and its retransmission are slices of them.
/// </summary>
internal struct SendQueue
{
    /// <summary>
    /// Data of up to this many bytes is copied to the end of the last block where it fits, so that small sends do not
    /// pin blocks.
    /// </summary>
    private const int CoalesceLimit = 2048;

    private Block? _first;
    private Block? _last;

    // A cache of the block where the last slice started, so that a long queue is not walked for each segment.
    private Block? _cursor;
    private SeqNum _cursorSeq;

    /// <summary>Bytes in the queue.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes of memory in its blocks.</summary>
    public long Memory { get; private set; }

    /// <summary>The sequence number of the first byte.</summary>
    public SeqNum Start { get; private set; }

    /// <summary>The sequence number after the last byte.</summary>
    public readonly SeqNum End => Start + Length;

    public void Begin(SeqNum start) => Start = start;

    /// <summary>Appends a chain of blocks, and takes ownership.</summary>
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

    /// <summary>
    /// The bytes [<paramref name="from"/>, <paramref name="from"/> + <paramref name="length"/>), which must be in the
    /// queue.
    /// </summary>
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

    /// <summary>
    /// Drops the bytes before <paramref name="una"/>, which the peer has acknowledged; returns how many.
    /// </summary>
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
        // Detached first: a broken chain is lost rather than released twice.
        Block.ReleaseChain(Detach());
    }

    /// <summary>Empties the queue without touching its blocks; the chain now belongs to the caller.</summary>
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
