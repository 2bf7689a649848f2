using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>
/// A queue of blocks with text. A block that is less than half full is copied into the room that the last one has, so that
/// the chain's memory is at most about twice its text, however small the pieces are that it is made of.
/// </summary>
internal struct BlockChain
{
    private Block? _last;

    /// <summary>The first block; null when the chain is empty.</summary>
    public Block? First { get; private set; }

    /// <summary>True when a block's text is so little that it should not keep the block for itself.</summary>
    public static bool IsSmall(Block block) => block.Length * 2 < block.Capacity;

    /// <summary>Appends one block, whose ownership moves to the chain.</summary>
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

    /// <summary>Appends all blocks of another chain, which is empty afterwards.</summary>
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

    /// <summary>Hands the whole chain over; it is empty afterwards.</summary>
    public Block? Detach()
    {
        var first = First;
        this = default;
        return first;
    }
}
