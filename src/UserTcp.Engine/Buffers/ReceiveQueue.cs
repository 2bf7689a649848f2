namespace UserTcp.Engine.Buffers;

/// <summary>Data received in order that the application has not read.</summary>
internal struct ReceiveQueue
{
    /// <summary>
    /// Data of up to this many bytes is copied together, so that small segments do not each pin a block.
    /// </summary>
    private const int CoalesceLimit = 2048;

    private Block? _first;
    private Block? _last;

    /// <summary>Bytes in the queue.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes of memory in its blocks.</summary>
    public long Memory { get; private set; }

    /// <summary>
    /// Copies data to the end of the queue, into pooled blocks. False, with nothing changed, when there is not memory
    /// for all of it.
    /// </summary>
    public bool TryCopy(ReadOnlySpan<byte> data, BlockPool pool)
    {
        var room = _last?.Free.Length ?? 0;
        if (!TryRentFor(data.Length - room, pool, out var block))
            return false;
        Length += data.Length;
        if (_last is not null)
            data = data[_last.Append(data)..];
        while (block is not null)
        {
            var next = block.NextBlock;
            block.NextBlock = null;
            data = data[block.Append(data)..];
            Link(block);
            block = next;
        }

        return true;
    }

    /// <summary>Appends a chain of blocks, and takes ownership.</summary>
    public void Append(Block chain)
    {
        for (Block? block = chain, next; block is not null; block = next)
        {
            next = block.NextBlock;
            block.NextBlock = null;
            Length += block.Length;
            if (_last is not null && block.Length <= CoalesceLimit && block.Length <= _last.Free.Length)
            {
                _last.Append(block.Content);
                block.Release();
            }
            else
            {
                Link(block);
            }
        }
    }

    /// <summary>Dequeues everything; null when the queue is empty.</summary>
    public Block? DequeueAll()
    {
        var chain = _first;
        _first = _last = null;
        Length = 0;
        Memory = 0;
        return chain;
    }

    private static bool TryRentFor(int length, BlockPool pool, out Block? chain)
    {
        chain = null;
        for (; length > 0; length -= BlockPool.StandardSize)
        {
            if (pool.TryRent() is not { } block)
            {
                Block.ReleaseChain(chain);
                return false;
            }

            block.NextBlock = chain;
            chain = block;
        }

        return true;
    }

    private void Link(Block block)
    {
        if (_last is null)
            _first = block;
        else
            _last.NextBlock = block;
        _last = block;
        Memory += block.Capacity;
    }
}
