using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>
/// A queue of blocks with data. A block that is less than half full is copied into the last one's free room, so that
/// the chain's memory is at most about twice its data, however small the appended pieces are.
/// </summary>
internal struct BlockChain
{
    private Block? _last;

    /// <summary>The first block; null when the chain is empty.</summary>
    public Block? First { get; private set; }

    /// <summary>True when a block is less than half full: its data should not keep a whole block in use.</summary>
    public static bool IsSmall(Block block) => block.Length * 2 < block.Capacity;

    /// <summary>Appends one block, which the chain then owns.</summary>
    public void Append(Block block)
    {
        block.NextBlock = null;
        if (_last is null)
        {
            First = _last = block;
        }
        else if (IsSmall(block) && block.Length <= _last.Free.Length)
        {
            _last.Append(block.Content);
            block.Release();
        }
        else
        {
            _last.NextBlock = block;
            _last = block;
        }
    }

    /// <summary>Moves all blocks of another chain to the end of this one.</summary>
    public void Append(ref BlockChain other)
    {
        var block = other.Detach();
        while (block is not null)
        {
            var next = block.NextBlock;
            Append(block);
            block = next;
        }
    }

    /// <summary>Detaches all blocks; the chain is empty afterwards.</summary>
    public Block? Detach()
    {
        var first = First;
        this = default;
        return first;
    }
}
