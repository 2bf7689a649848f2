namespace UserTcp.Engine.Buffers;

/// <summary>
/// A pool of blocks. The engine calls it only from its own thread; an implementation may also allow application
/// threads.
/// </summary>
public abstract class BlockPool
{
    /// <summary>
    /// Bytes in a standard block: several segments of an Ethernet MTU, and little waste for a single one.
    /// </summary>
    public const int StandardSize = 16 * 1024;

    /// <summary>Bytes in a large block: a frame of the maximum IP length, and a device's own header.</summary>
    public const int LargeSize = 65_536 + 256;

    /// <summary>Blocks rented and not returned, for leak checks.</summary>
    public abstract int Rented { get; }

    /// <summary>
    /// Rents an empty block of at least <paramref name="minimumSize"/> bytes, at most <see cref="LargeSize"/>.
    /// </summary>
    public abstract Block Rent(int minimumSize = StandardSize);

    /// <summary>
    /// As <see cref="Rent"/>, but null at a limit or when the allocation fails. The engine only rents this way: without
    /// memory it loses a frame, and never throws.
    /// </summary>
    public virtual Block? TryRent(int minimumSize = StandardSize) => Rent(minimumSize);

    /// <summary>Returns a block to the pool.</summary>
    protected internal abstract void Return(Block block);

    /// <summary>
    /// Removes a block after a fault, since its owner may not be the only one with a reference. It no longer counts as
    /// <see cref="Rented"/>, and must not be rented again. The default suits a pool that never rents a block twice.
    /// </summary>
    protected internal virtual void Discard(Block block) => Return(block);

    /// <summary>Creates a block of one of the two sizes for this pool.</summary>
    protected Block Create(int minimumSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimumSize, LargeSize);
        return new Block(this, minimumSize <= StandardSize ? StandardSize : LargeSize);
    }

    /// <summary>As <see cref="Create"/>, but null when the allocation fails.</summary>
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

    /// <summary>
    /// Creates a block of this pool that is a view of shared memory; its array is pinned and never changes.
    /// </summary>
    protected Block CreateView(byte[] shared) => new(this, shared);

    /// <summary>Resets the fields of a block; its memory is left unchanged.</summary>
    protected static void Reset(Block block)
    {
        ArgumentNullException.ThrowIfNull(block);
        block.Reset();
    }
}

/// <summary>A pool for one thread: simulations, benchmarks and tests.</summary>
public sealed class LocalBlockPool : BlockPool
{
    private const int KeptPerSize = 1024;

    private readonly Stack<Block> _standard = new();
    private readonly Stack<Block> _large = new();
    private int _rented;

    /// <inheritdoc/>
    public override int Rented => _rented;

    /// <summary>
    /// Maximum number of rented blocks, after which <see cref="TryRent"/> returns null. Unlimited by default.
    /// </summary>
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
