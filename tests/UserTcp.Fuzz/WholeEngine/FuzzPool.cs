using UserTcp.Engine.Buffers;
using UserTcp.Fuzz.Running;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>
/// A pool that detects double returns and use after return, counts rented blocks, and fails on demand. It outlives the
/// worlds of a thread: the content of a newly rented block is undefined.
/// </summary>
internal sealed class FuzzPool : BlockPool
{
    private const int InPool = -1;
    private const byte Poison = 0xDD;

    private readonly Stack<Block> _standard = new();
    private readonly Stack<Block> _large = new();
    private int _rented;

    public override int Rented => _rented;

    /// <summary>Bytes of memory in rented blocks.</summary>
    public long RentedBytes { get; private set; }

    /// <summary>The number of requests of the engine to refuse.</summary>
    public int Refusals { get; set; }

    /// <summary>The number of refusals so far.</summary>
    public int Refused { get; set; }

    public override Block Rent(int minimumSize = StandardSize) =>
        IsRefused() ? throw new InsufficientMemoryException("No block, on purpose.") : RentAlways(minimumSize);

    public override Block? TryRent(int minimumSize = StandardSize) => IsRefused() ? null : RentAlways(minimumSize);

    /// <summary>Rents a block for the link or the application, without refusal.</summary>
    public Block RentAlways(int minimumSize = StandardSize)
    {
        var stack = minimumSize <= StandardSize ? _standard : _large;
        if (!stack.TryPop(out var block))
            block = Create(minimumSize);
        FindingException.Require(
            block.Start is 0 or InPool && block.End is 0 or InPool, "pool: used after return",
            "A block in the pool was changed.");
        block.Start = block.End = 0;
        _rented++;
        RentedBytes += block.Capacity;
        return block;
    }

    private bool IsRefused()
    {
        if (Refusals == 0)
            return false;
        Refusals--;
        Refused++;
        return true;
    }

    /// <summary>After a fault there may be other references to the block: it is not reused.</summary>
    protected internal override void Discard(Block block)
    {
        _rented--;
        RentedBytes -= block.Capacity;
    }

    protected internal override void Return(Block block)
    {
        FindingException.Require(
            block.Start != InPool, "pool: returned twice", "A block was returned that is in the pool already.");
        if (block.Length is > 0 and <= 2048)
            block.Content.Fill(Poison);
        _rented--;
        RentedBytes -= block.Capacity;
        Reset(block);
        block.Start = block.End = InPool;
        (block.Capacity <= StandardSize ? _standard : _large).Push(block);
    }

    /// <summary>Drops the rented blocks after a failed world.</summary>
    public void Abandon()
    {
        _rented = 0;
        RentedBytes = 0;
        Refusals = Refused = 0;
    }
}
