using UserTcp.Engine.Buffers;

namespace UserTcp.Recording;

/// <summary>
/// The pool of a recorded engine: another one, whose failures to rent are recorded, since they follow from what else
/// the process does. Its blocks belong to the other one, and return there.
/// </summary>
internal sealed class RecordedPool(BlockPool inner, LoopRecorder recorder) : BlockPool
{
    /// <inheritdoc/>
    public override int Rented => inner.Rented;

    /// <inheritdoc/>
    public override Block Rent(int minimumSize = StandardSize) => inner.Rent(minimumSize);

    /// <inheritdoc/>
    public override Block? TryRent(int minimumSize = StandardSize)
    {
        var block = inner.TryRent(minimumSize);
        recorder.OnRent(block is null);
        return block;
    }

    /// <inheritdoc/>
    protected override void Return(Block block) => throw new NotSupportedException("No block is of this pool.");
}
