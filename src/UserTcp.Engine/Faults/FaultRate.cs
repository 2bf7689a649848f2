using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Faults;

/// <summary>Faults within the last minute, counted exactly; memory for as many as the limit at most.</summary>
internal sealed class FaultRate(int limit)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Queue<MonotonicTime> _faults = new();

    /// <summary>Counts one more. False when that is one more than the limit within a minute.</summary>
    public bool TryAdd(MonotonicTime now)
    {
        while (_faults.TryPeek(out var oldest) && now - oldest >= Window)
            _faults.Dequeue();
        if (_faults.Count >= limit)
            return false;
        _faults.Enqueue(now);
        return true;
    }
}
