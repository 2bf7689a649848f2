using UserTcp.Buffers;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Requests;

namespace UserTcp.Loop;

/// <summary>
/// A loop's memory duties, once a turn: it reports to the engine how much of the budget is in use, drops idle blocks,
/// and nudges the other loops at the limit. Also lends the block for frames when the pool has none.
/// </summary>
internal sealed class DriverMemory(
    TcpEngine engine, SharedBlockPool pool, MemoryBudget budget, LoopMailbox[] mailboxes, int frameSize,
    TimeSpan trimInterval)
{
    private static readonly TimeSpan NudgeInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>How often the budget is checked while writers wait for memory and nothing else happens.</summary>
    private static readonly TimeSpan WaiterInterval = TimeSpan.FromMilliseconds(50);

    private readonly IdleTrim _trim = new(pool, budget, trimInterval);
    private readonly Block _lent = LentBlock(frameSize);
    private MonotonicTime _lastNudge;

    /// <summary>When a turn is needed though nothing arrives; Never when none is.</summary>
    public MonotonicTime NextDeadline(MonotonicTime now) => budget.HasWaiters ? now + WaiterInterval : _trim.Due;

    /// <summary>
    /// A block to read a frame into. When the budget is used up it is a block that stays the loop's: frames are read in
    /// any case, since their acknowledgments free memory.
    /// </summary>
    public Block RentFrame() => pool.TryRent(frameSize) ?? _lent;

    /// <summary>Returns a frame's block.</summary>
    public static void ReturnFrame(Block block)
    {
        if (!block.IsLent)
            block.Release();
    }

    /// <summary>The beginning of a turn.</summary>
    public void Update(MonotonicTime now)
    {
        engine.ShareMemory(budget.Refresh(), budget.Limit);
        if (_trim.IsDue(now) && _trim.Run(now, engine.Counters[Counter.FramesReceived]))
            MemoryRelease.Collect();
        if (engine.MemoryState == MemoryState.Limit && mailboxes.Length > 1 && now - _lastNudge >= NudgeInterval)
        {
            _lastNudge = now;
            NudgeOthers();
        }
    }

    private static Block LentBlock(int size)
    {
        var block = new LocalBlockPool().Rent(size);
        block.IsLent = true;
        return block;
    }

    /// <summary>Lets the other loops run a turn: one of them may have connections whose memory is needed.</summary>
    private void NudgeOthers()
    {
        foreach (var mailbox in mailboxes)
        {
            if (!mailbox.IsCurrent)
                mailbox.Post(new Nudge());
        }
    }
}
