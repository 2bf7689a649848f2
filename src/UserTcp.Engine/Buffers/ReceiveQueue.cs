namespace UserTcp.Engine.Buffers;

/// <summary>Text in order that the user has not taken yet.</summary>
internal struct ReceiveQueue
{
    /// <summary>Up to this many octets are copied together, lest text that came in small pieces pins a block for each.</summary>
    private const int CoalesceLimit = 2048;

    private Block? _first;
    private Block? _last;

    /// <summary>Octets in the queue.</summary>
    public int Length { get; private set; }

    /// <summary>Octets of memory in its blocks.</summary>
    public long Memory { get; private set; }

    /// <summary>Copies data behind what is there, into pooled blocks. False, and nothing has changed, when there is no memory for all of it.</summary>
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

    /// <summary>Appends a chain of blocks and owns them from now on.</summary>
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

    /// <summary>Hands everything over; null when there is nothing.</summary>
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
