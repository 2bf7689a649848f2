using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>
/// The pool of a stack: the loop rents what it receives into, application threads rent what they send, and each gives back
/// what the other has rented. Keeps a bounded number of blocks; what comes back beyond that is left to the collector.
/// </summary>
/// <remarks>
/// One short lock per shelf. Blocks cross threads in both directions, so caches per thread would fill on one side and run
/// dry on the other; an uncontended lock costs less than the copy of one segment.
/// </remarks>
internal sealed class SharedBlockPool : BlockPool
{
    /// <summary>64 MiB.</summary>
    private const int KeptStandard = 4096;

    /// <summary>16 MiB.</summary>
    private const int KeptLarge = 256;

    private readonly BlockShelf _standard = new(KeptStandard);
    private readonly BlockShelf _large = new(KeptLarge);

    /// <inheritdoc/>
    public override int Rented => _standard.Rented + _large.Rented;

    /// <inheritdoc/>
    public override Block Rent(int minimumSize = StandardSize) => ShelfFor(minimumSize).Take() ?? Create(minimumSize);

    /// <summary>
    /// Strikes a chain off the account without keeping its blocks: for memory that its last owner may still look at, and
    /// which therefore must never carry somebody else's text.
    /// </summary>
    internal void Abandon(Block? first)
    {
        for (var block = first; block is not null; block = block.NextBlock)
            ShelfFor(block.Capacity).Forget();
    }

    /// <inheritdoc/>
    protected override void Discard(Block block)
    {
        ArgumentNullException.ThrowIfNull(block);
        ShelfFor(block.Capacity).Forget();
    }

    /// <inheritdoc/>
    protected override void Return(Block block)
    {
        ArgumentNullException.ThrowIfNull(block);
        Reset(block);
        ShelfFor(block.Capacity).Put(block);
    }

    private BlockShelf ShelfFor(int size) => size <= StandardSize ? _standard : _large;
}
