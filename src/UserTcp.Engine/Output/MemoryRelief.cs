using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Output;

/// <summary>
/// At the memory limit: resets connections that make no progress, until there is room (docs/decisions/0036). Each run
/// examines a sample of the connections, and the next run continues after it. So a run has bounded work, and no list of
/// connections is kept sorted while memory suffices.
/// </summary>
internal sealed class MemoryRelief(EngineState engine)
{
    private const int SlotsAtOnce = 256;
    private const int ResetsAtOnce = 16;
    private const int MinForcedMemory = 4 * MemoryThresholds.MinSendBuffer;

    // Longer than an RTT: a distant peer makes progress.
    private static readonly TimeSpan MinStall = TimeSpan.FromSeconds(1);

    private readonly Tcb?[] _found = new Tcb?[SlotsAtOnce];
    private readonly double[] _scores = new double[SlotsAtOnce];
    private MonotonicTime _last = MonotonicTime.Never;
    private int _cursor = -1;

    public void Run(MonotonicTime now)
    {
        if (now == _last)
            return;
        _last = now;
        var count = engine.Connections.Sample(ref _cursor, SlotsAtOnce, _found);
        DropOutOfOrder(_found.AsSpan(0, count));
        ResetStalled(count, now);
        if (engine.Memory.Used >= engine.Memory.Limit + (MemoryThresholds.ReserveOf(engine.Memory.Limit) / 2))
            ResetLargest(_found.AsSpan(0, count));
        Array.Clear(_found, 0, count);
    }

    /// <summary>Bytes to send times the time without an acknowledgment; 0 while there is progress.</summary>
    private static double ScoreOf(Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsSynchronized || tcb.IsParked || tcb.SendQueue.Length == 0
            || tcb.Loss.WaitingSince == MonotonicTime.Zero)
        {
            return 0;
        }

        var stall = now - tcb.Loss.WaitingSince;
        return stall < MinStall ? 0 : tcb.SendQueue.Memory * stall.TotalSeconds;
    }

    /// <summary>Out-of-order data goes first: the peer still has it (RFC 2018 section 8 allows that).</summary>
    private void DropOutOfOrder(Span<Tcb?> found)
    {
        foreach (var tcb in found)
        {
            if (tcb!.IsParked || tcb.OutOfOrder is not { IsEmpty: false } queue)
                continue;
            engine.Current.Enter(tcb);
            queue.Clear();
            tcb.SackGenerator = null;
        }

        engine.Current.EnterStateless();
    }

    private void ResetStalled(int count, MonotonicTime now)
    {
        for (var i = 0; i < count; i++)
            _scores[i] = ScoreOf(_found[i]!, now);
        Array.Sort(_scores, _found, 0, count);
        var resets = 0;
        for (var i = count - 1;
            i >= 0 && _scores[i] > 0 && resets < ResetsAtOnce && engine.Memory.Used > engine.Memory.ReliefTarget;
            i--, resets++)
        {
            Lifecycle.ResetForMemory(engine, _found[i]!);
        }
    }

    /// <summary>
    /// Half of the reserve is used and no connection is stalled: resets the largest, or no new connection could be
    /// served.
    /// </summary>
    private void ResetLargest(ReadOnlySpan<Tcb?> found)
    {
        Tcb? largest = null;
        foreach (var tcb in found)
        {
            if (tcb is { IsLive: true, IsParked: false, Memory: >= MinForcedMemory }
                && tcb.Memory > (largest?.Memory ?? 0))
            {
                largest = tcb;
            }
        }

        if (largest is not null)
            Lifecycle.ResetForMemory(engine, largest);
    }
}
