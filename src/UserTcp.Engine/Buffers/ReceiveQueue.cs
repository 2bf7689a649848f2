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

    /// <summary>Copies text behind what is there, into pooled blocks.</summary>
    public void Copy(ReadOnlySpan<byte> text, BlockPool pool)
    {
        Length += text.Length;
        while (true)
        {
            if (_last is not null)
                text = text[_last.Append(text)..];
            if (text.IsEmpty)
                return;
            Link(pool.Rent());
        }
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
                _last.Append(block.Text);
                block.Release();
            }
            else
            {
                Link(block);
            }
        }
    }

    /// <summary>Hands everything over; null when there is nothing.</summary>
    public Block? TakeAll()
    {
        var chain = _first;
        _first = _last = null;
        Length = 0;
        Memory = 0;
        return chain;
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
