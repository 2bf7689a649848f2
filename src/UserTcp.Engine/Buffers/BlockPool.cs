namespace UserTcp.Engine.Buffers;

/// <summary>
/// Where blocks come from and go back to. The engine calls it only from its own thread; whether a pool may also be used by
/// application threads is the implementation's matter.
/// </summary>
public abstract class BlockPool
{
    /// <summary>Octets in a standard block: several segments of an Ethernet-sized MTU, and little waste for a single one.</summary>
    public const int StandardSize = 16 * 1024;

    /// <summary>Octets in a large block: a frame of the largest IP length with room for a device's own header.</summary>
    public const int LargeSize = 65_536 + 256;

    /// <summary>Blocks that are out: rented and not returned. What a leak check looks at.</summary>
    public abstract int Rented { get; }

    /// <summary>A block with at least <paramref name="minimumSize"/> octets of memory, without text; at most <see cref="LargeSize"/>.</summary>
    public abstract Block Rent(int minimumSize = StandardSize);

    /// <summary>
    /// As <see cref="Rent"/>, but null when there is no memory for it: a limit is met, or the allocation has failed. The engine asks in
    /// no other way, so that memory that runs out costs it a frame and never throws.
    /// </summary>
    public virtual Block? TryRent(int minimumSize = StandardSize) => Rent(minimumSize);

    /// <summary>Takes a block back.</summary>
    protected internal abstract void Return(Block block);

    /// <summary>
    /// A block that its owner may not be the only one to know, after a fault: it no longer counts as <see cref="Rented"/>, and must not be
    /// handed out again. A pool that hands every block out once need not tell the difference, and by default there is none.
    /// </summary>
    protected internal virtual void Discard(Block block) => Return(block);

    /// <summary>Makes a new block of one of the two sizes that belongs to this pool.</summary>
    protected Block Create(int minimumSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimumSize, LargeSize);
        return new Block(this, minimumSize <= StandardSize ? StandardSize : LargeSize);
    }

    /// <summary>As <see cref="Create"/>, but null when the memory cannot be had.</summary>
    protected Block? TryCreate(int minimumSize)
    {
        try
        {
            return Create(minimumSize);
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    /// <summary>Makes a new block that belongs to this pool and shows memory which others see too; its array is pinned and never changes.</summary>
    protected Block CreateView(byte[] shared) => new(this, shared);

    /// <summary>Clears what the last owner left in a block's fields (its memory is left as it is).</summary>
    protected static void Reset(Block block)
    {
        ArgumentNullException.ThrowIfNull(block);
        block.Reset();
    }
}

/// <summary>A pool for one thread: simulations, benchmarks, and tests.</summary>
public sealed class LocalBlockPool : BlockPool
{
    private const int KeptPerSize = 1024;

    private readonly Stack<Block> _standard = new();
    private readonly Stack<Block> _large = new();
    private int _rented;

    /// <inheritdoc/>
    public override int Rented => _rented;

    /// <summary>Blocks that may be out at a time before <see cref="TryRent"/> finds no memory; as many as are asked for unless set.</summary>
    public int MaxRented { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    public override Block Rent(int minimumSize = StandardSize)
    {
        _rented++;
        return StackFor(minimumSize).TryPop(out var block) ? block : Create(minimumSize);
    }

    /// <inheritdoc/>
    public override Block? TryRent(int minimumSize = StandardSize) => _rented < MaxRented ? Rent(minimumSize) : null;

    /// <inheritdoc/>
    protected internal override void Return(Block block)
    {
        ArgumentNullException.ThrowIfNull(block);
        _rented--;
        Reset(block);
        var stack = StackFor(block.Capacity);
        if (stack.Count < KeptPerSize)
            stack.Push(block);
    }

    /// <inheritdoc/>
    protected internal override void Discard(Block block) => _rented--;

    private Stack<Block> StackFor(int size) => size <= StandardSize ? _standard : _large;
}
