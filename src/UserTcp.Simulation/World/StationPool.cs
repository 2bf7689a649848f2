using UserTcp.Engine.Buffers;

namespace UserTcp.Simulation.World;

/// <summary>
/// The blocks of a host. <see cref="Rent"/>, which the engine calls, can fail; <see cref="Lend"/>, for the host itself,
/// cannot.
/// </summary>
internal sealed class StationPool(StationFaults? faults) : BlockPool
{
    private const int MaxFreePerSize = 1024;

    private readonly Stack<Block> _standard = new();
    private readonly Stack<Block> _large = new();
    private int _rented;

    public override int Rented => _rented;

    public override Block Rent(int minimumSize = StandardSize)
    {
        faults?.OnRent();
        return Lend(minimumSize);
    }

    public Block Lend(int minimumSize = StandardSize)
    {
        _rented++;
        return StackFor(minimumSize).TryPop(out var block) ? block : Create(minimumSize);
    }

    protected internal override void Return(Block block)
    {
        _rented--;
        Reset(block);
        var stack = StackFor(block.Capacity);
        if (stack.Count < MaxFreePerSize)
            stack.Push(block);
    }

    protected internal override void Discard(Block block) => _rented--;

    private Stack<Block> StackFor(int size) => size <= StandardSize ? _standard : _large;
}
