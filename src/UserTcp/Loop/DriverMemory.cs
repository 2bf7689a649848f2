using UserTcp.Buffers;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Diagnostics;

namespace UserTcp.Loop;

/// <summary>
/// What a loop does about memory, once a turn: its engine hears how much of the budget is in use, idle blocks are dropped in time, and at
/// the limit the other loops are woken. Also the block for frames that is there when no other can be had.
/// </summary>
internal sealed class DriverMemory(TcpEngine engine, StackLoop loop, int frameSize, TimeSpan trimInterval)
{
    private static readonly TimeSpan NudgeInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Writers that wait for memory are looked at this often when nothing else happens.</summary>
    private static readonly TimeSpan WaiterInterval = TimeSpan.FromMilliseconds(50);

    private readonly MemoryBudget _budget = loop.Group.Budget;
    private readonly IdleTrim _trim = new(loop.Pool, loop.Group.Budget, trimInterval);
    private readonly Block _lent = LentBlock(frameSize);
    private MonotonicTime _lastNudge;

    /// <summary>When a turn is needed though nothing arrives; Never when none is.</summary>
    public MonotonicTime NextDeadline(MonotonicTime now) => _budget.HasWaiters ? now + WaiterInterval : _trim.Due;

    /// <summary>
    /// A block to read a frame into. With the budget used up it is one that stays the loop's: acknowledgments are what frees memory, so
    /// frames are read whatever happens.
    /// </summary>
    public Block RentFrame() => loop.Pool.TryRent(frameSize) ?? _lent;

    /// <summary>Gives it back.</summary>
    public static void ReturnFrame(Block block)
    {
        if (!block.IsLent)
            block.Release();
    }

    /// <summary>The beginning of a turn.</summary>
    public void Update(MonotonicTime now)
    {
        engine.ShareMemory(_budget.Refresh(), _budget.Limit);
        if (_trim.IsDue(now) && _trim.Run(now, engine.Counters[Counter.FramesReceived]))
            MemoryRelease.Collect();
        if (engine.MemoryState == MemoryState.Limit && loop.Group.Loops.Count > 1 && now - _lastNudge >= NudgeInterval)
        {
            _lastNudge = now;
            loop.Group.NudgeOthers(loop);
        }
    }

    private static Block LentBlock(int size)
    {
        var block = new LocalBlockPool().Rent(size);
        block.IsLent = true;
        return block;
    }
}
