namespace UserTcp.Engine.Buffers;

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
