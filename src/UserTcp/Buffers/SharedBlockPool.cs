using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>
/// The pool of a loop: the loop rents blocks to receive into, application threads rent blocks to send from, and each
/// returns what the other has rented. Keeps a bounded number of idle blocks. All pools of a stack have one
/// <see cref="MemoryBudget"/>.
/// </summary>
/// <remarks>
/// One short lock per shelf. Blocks cross threads in both directions, so caches per thread would fill on one side and
/// empty on the other; an uncontended lock costs less than copying one segment.
/// </remarks>
internal sealed class SharedBlockPool(MemoryBudget budget) : BlockPool
{
    /// <summary>64 MiB.</summary>
    private const int MaxIdleStandard = 4096;

    /// <summary>16 MiB.</summary>
    private const int MaxIdleLarge = 256;

    // A MiB of each size stays, however long it is idle.
    private const int SpareStandard = 64;
    private const int SpareLarge = 16;

    // These stay at the memory limit too: a loop reads frames into them, and creating one costs more than a frame.
    private const int WorkingStandard = 2;
    private const int WorkingLarge = 1;

    private readonly BlockShelf _standard = new(MaxIdleStandard);
    private readonly BlockShelf _large = new(MaxIdleLarge);

    /// <inheritdoc/>
    public override int Rented => _standard.Rented + _large.Rented;

    /// <summary>Bytes in rented blocks.</summary>
    public long BytesRented => ((long)_standard.Rented * StandardSize) + ((long)_large.Rented * LargeSize);

    /// <summary>True when there are more idle blocks than are always kept.</summary>
    public bool HasSpareBlocks => _standard.Idle > SpareStandard || _large.Idle > SpareLarge;

    /// <summary>The memory of all pools of the stack.</summary>
    public MemoryBudget Budget => budget;

    /// <summary>A block; the reserve may be used.</summary>
    /// <exception cref="IOException">There is no memory.</exception>
    public override Block Rent(int minimumSize = StandardSize) =>
        TryRent(minimumSize) ?? throw UserTcpError.ToIOException(System.Net.Sockets.SocketError.NoBufferSpaceAvailable);

    /// <inheritdoc/>
    public override Block? TryRent(int minimumSize = StandardSize) => TryRent(minimumSize, mayUseReserve: true);

    /// <summary>A block; null when there is no memory, or only the reserve and the caller may not use it.</summary>
    public Block? TryRent(int minimumSize, bool mayUseReserve)
    {
        if (!mayUseReserve && budget.IsOverLimit && !(budget.DropIdle() && !budget.IsOverLimit))
            return null;
        var shelf = ShelfFor(minimumSize);
        return shelf.Rent() ?? TryCreateCounted(minimumSize, shelf, mayUseReserve);
    }

    /// <summary>Starts recording which blocks are needed.</summary>
    public void BeginTrim()
    {
        _standard.BeginTrim();
        _large.BeginTrim();
    }

    /// <summary>Drops the blocks that were not needed since the last call.</summary>
    public void Trim()
    {
        OnDropped(_standard.Trim(SpareStandard), StandardSize);
        OnDropped(_large.Trim(SpareLarge), LargeSize);
    }

    /// <summary>Drops idle blocks, but for those that the loop itself needs. Returns their bytes.</summary>
    public long DropIdle() =>
        OnDropped(_standard.DropAll(WorkingStandard), StandardSize)
        + OnDropped(_large.DropAll(WorkingLarge), LargeSize);

    /// <summary>
    /// Stops counting a chain without reusing its blocks: an application may still look at their memory, so it must
    /// never carry another connection's data.
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

    /// <summary>Creates a block, which the shelf has counted as rented already.</summary>
    private Block? TryCreateCounted(int minimumSize, BlockShelf shelf, bool mayUseReserve)
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
