using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>
/// The pool of a loop: the loop rents what it receives into, application threads rent what they send, and each gives back
/// what the other has rented. Keeps a bounded number of blocks; what comes back beyond that is left to the collector. All pools of a
/// stack have one <see cref="MemoryBudget"/>.
/// </summary>
/// <remarks>
/// One short lock per shelf. Blocks cross threads in both directions, so caches per thread would fill on one side and run
/// dry on the other; an uncontended lock costs less than the copy of one segment.
/// </remarks>
internal sealed class SharedBlockPool(MemoryBudget budget) : BlockPool
{
    /// <summary>64 MiB.</summary>
    private const int MaxIdleStandard = 4096;

    /// <summary>16 MiB.</summary>
    private const int MaxIdleLarge = 256;

    // A MiB of each kind stays, however long nobody needs it.
    private const int SpareStandard = 64;
    private const int SpareLarge = 16;

    // Stay at the limit too: a loop reads each frame into one, and to make that anew every time would cost more than the frame.
    private const int WorkingStandard = 2;
    private const int WorkingLarge = 1;

    private readonly BlockShelf _standard = new(MaxIdleStandard);
    private readonly BlockShelf _large = new(MaxIdleLarge);

    /// <inheritdoc/>
    public override int Rented => _standard.Rented + _large.Rented;

    /// <summary>Bytes in blocks that are out.</summary>
    public long BytesRented => ((long)_standard.Rented * StandardSize) + ((long)_large.Rented * LargeSize);

    /// <summary>True when more lies idle than is kept for good.</summary>
    public bool HasSpareBlocks => _standard.Idle > SpareStandard || _large.Idle > SpareLarge;

    /// <summary>What all pools of the stack may have.</summary>
    public MemoryBudget Budget => budget;

    /// <summary>A block, of the reserve if need be.</summary>
    /// <exception cref="IOException">There is no memory.</exception>
    public override Block Rent(int minimumSize = StandardSize) =>
        TryRent(minimumSize) ?? throw UserTcpError.ToIOException(System.Net.Sockets.SocketError.NoBufferSpaceAvailable);

    /// <inheritdoc/>
    public override Block? TryRent(int minimumSize = StandardSize) => TryRent(minimumSize, mayUseReserve: true);

    /// <summary>A block; null when there is no memory, or only the reserve and that is not for this caller.</summary>
    public Block? TryRent(int minimumSize, bool mayUseReserve)
    {
        if (!mayUseReserve && budget.IsOverLimit && !(budget.DropIdle() && !budget.IsOverLimit))
            return null;
        var shelf = ShelfFor(minimumSize);
        return shelf.Rent() ?? TryMake(minimumSize, shelf, mayUseReserve);
    }

    /// <summary>Begins to watch what is needed.</summary>
    public void BeginTrim()
    {
        _standard.BeginTrim();
        _large.BeginTrim();
    }

    /// <summary>Drops what was not needed since the last call.</summary>
    public void Trim()
    {
        OnDropped(_standard.Trim(SpareStandard), StandardSize);
        OnDropped(_large.Trim(SpareLarge), LargeSize);
    }

    /// <summary>Drops what is idle, but for what the loop itself needs. Returns the bytes.</summary>
    public long DropIdle() =>
        OnDropped(_standard.DropAll(WorkingStandard), StandardSize) + OnDropped(_large.DropAll(WorkingLarge), LargeSize);

    /// <summary>
    /// Strikes a chain off the account without keeping its blocks: for memory that its last owner may still look at, and
    /// which therefore must never carry somebody else's text.
    /// </summary>
    internal void Abandon(Block? first)
    {
        for (var block = first; block is not null; block = block.NextBlock)
        {
            ShelfFor(block.Capacity).Forget();
            budget.OnDropped(block.Capacity);
        }
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
        var isStandard = block.Capacity <= StandardSize;
        var (shelf, working) = isStandard ? (_standard, WorkingStandard) : (_large, WorkingLarge);
        if (!shelf.Return(block, isKept: !budget.IsOverLimit || shelf.Idle < working))
            budget.OnDropped(block.Capacity);
    }

    /// <summary>The shelf has counted it already.</summary>
    private Block? TryMake(int minimumSize, BlockShelf shelf, bool mayUseReserve)
    {
        var size = minimumSize <= StandardSize ? StandardSize : LargeSize;
        if (budget.TryReserve(size, mayUseReserve))
        {
            if (TryCreate(minimumSize) is { } block)
                return block;
            budget.OnAllocationFailed(size);
        }

        shelf.Forget();
        return null;
    }

    private long OnDropped(int blocks, int size)
    {
        var bytes = (long)blocks * size;
        if (bytes > 0)
            budget.OnDropped(bytes);
        return bytes;
    }

    private BlockShelf ShelfFor(int size) => size <= StandardSize ? _standard : _large;
}
