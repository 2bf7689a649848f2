using UserTcp.Engine.Buffers;
using static UserTcp.Recording.RecordingFormat;

namespace UserTcp.Recording;

/// <summary>The pool of a replayed engine: a rent fails where it has failed in the recording.</summary>
/// <param name="maxBytes">Max bytes of rented blocks: no engine with the recording's limits has as many.</param>
internal sealed class ReplayPool(long maxBytes) : BlockPool
{
    private const int KeptPerSize = 256;

    private readonly Stack<Block> _standard = new();
    private readonly Stack<Block> _large = new();
    private HashSet<int> _failing = [];
    private int _rents;
    private int _rented;
    private long _bytes;

    /// <inheritdoc/>
    public override int Rented => _rented;

    /// <summary>An entry begins, in which these rents fail.</summary>
    public void Begin(HashSet<int> failing) => (_failing, _rents) = (failing, 0);

    /// <inheritdoc/>
    public override Block? TryRent(int minimumSize = StandardSize) =>
        _failing.Contains(_rents++) ? null : Rent(minimumSize);

    /// <inheritdoc/>
    public override Block Rent(int minimumSize = StandardSize)
    {
        var stack = minimumSize <= StandardSize ? _standard : _large;
        if (!stack.TryPop(out var block))
            block = Create(minimumSize);
        return Count(block);
    }

    /// <summary>A block as it was recorded.</summary>
    /// <exception cref="InvalidDataException">The recording needs too much memory.</exception>
    public Block Rent(in RecordedBlock recorded)
    {
        var data = recorded.Data.Span;
        var isView = (recorded.Shape & ShapeMask) == ViewBlock;
        if (_bytes + (isView ? data.Length : LargeSize) > maxBytes)
            throw new InvalidDataException("it needs more memory than its options, or this machine, allow");
        Block block;
        if (isView)
        {
            var shared = GC.AllocateUninitializedArray<byte>(data.Length, pinned: true);
            data.CopyTo(shared);
            block = Count(CreateView(shared));
            block.End = shared.Length;
        }
        else
        {
            block = Rent((recorded.Shape & ShapeMask) == StandardBlock ? StandardSize : LargeSize);
            block.Start = block.End = recorded.Start;
            block.Append(data);
        }

        block.IsLent = (recorded.Shape & LentBlock) != 0;
        block.IsLooped = (recorded.Shape & LoopedBlock) != 0;
        return block;
    }

    /// <inheritdoc/>
    protected override void Return(Block block)
    {
        Uncount(block);
        Reset(block);
        var stack = block.Capacity == StandardSize ? _standard : _large;
        if (block.Capacity != 0 && stack.Count < KeptPerSize)
            stack.Push(block);
    }

    /// <inheritdoc/>
    protected override void Discard(Block block) => Uncount(block);

    private Block Count(Block block)
    {
        _rented++;
        _bytes += block.Array.Length;
        return block;
    }

    private void Uncount(Block block)
    {
        _rented--;
        _bytes -= block.Array.Length;
    }
}
