using UserTcp.Engine.Buffers;

namespace UserTcp.Engine.Faults;

/// <summary>
/// The blocks of a connection whose queues cannot be trusted. Their pool strikes them off and never hands them out again: a block that
/// two owners believe to be theirs would carry the data of one connection into another. The garbage collector gets them. A chain that
/// goes round, and one that is in two queues, are walked once.
/// </summary>
internal sealed class BlockSalvage
{
    private readonly HashSet<Block> _abandoned = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether the block was in one of the chains.</summary>
    public bool Contains(Block block) => _abandoned.Contains(block);

    /// <summary>Abandons a chain, as far as it can be followed.</summary>
    public void Abandon(Block? first)
    {
        for (var block = first; block is not null && _abandoned.Add(block); block = block.NextBlock)
            block.Discard();
    }
}
