using UserTcp.Engine;
using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>
/// The memory of a stack for data, whatever queue, connection or application holds it (docs/decisions/0036). Blocks count from the time
/// they are made until they are left to the collector, so what the limit holds for is memory and not a sum of lengths. A block that is
/// used over and over costs nothing here; only making and dropping one touches the shared count.
/// </summary>
internal sealed class MemoryBudget
{
    private const long MinLimit = 1L << 20;

    /// <summary>Room that must be left before a writer goes on that had to wait: its largest piece.</summary>
    private const long MinRoom = 16 * BlockPool.StandardSize;

    private readonly Lock _gate = new();
    private readonly long _configured;
    private SharedBlockPool[] _pools = [];
    private TaskCompletionSource? _room;
    private long _limit;
    private long _created;
    private bool _isUnderPressure;
    private bool _isExhausted;

    /// <param name="limit">Bytes that applications and peers may make the stack hold; an eighth more is the reserve.</param>
    public MemoryBudget(long limit)
    {
        _configured = _limit = limit;
        Release = new MemoryRelease(limit);
    }

    /// <summary>When what was dropped goes back to the system.</summary>
    public MemoryRelease Release { get; }

    /// <summary>Bytes that may be used. Less than what was set for a while after an allocation has failed.</summary>
    public long Limit => Volatile.Read(ref _limit);

    /// <summary>True while the limit is below what was set.</summary>
    public bool IsReduced => Limit < _configured;

    /// <summary>Bytes in blocks, in use or idle.</summary>
    public long Created => Volatile.Read(ref _created);

    /// <summary>True once only the reserve is left.</summary>
    public bool IsOverLimit => Created > Limit;

    /// <summary>As of the last turn of any loop.</summary>
    public bool IsUnderPressure => Volatile.Read(ref _isUnderPressure);

    /// <inheritdoc cref="IsUnderPressure"/>
    public bool IsExhausted => Volatile.Read(ref _isExhausted);

    /// <summary>Whether a writer may take some blocks; false only when even the reserve is used up.</summary>
    public bool HasRoom => Created + Math.Min(MinRoom, MemoryThresholds.ReserveOf(Limit) / 2) <= Max(mayUseReserve: true);

    /// <summary>True while a writer waits for room.</summary>
    public bool HasWaiters => Volatile.Read(ref _room) is not null;

    /// <summary>Bytes in blocks that are out.</summary>
    public long Used
    {
        get
        {
            var used = 0L;
            foreach (var pool in _pools)
                used += pool.BytesRented;
            return used;
        }
    }

    /// <summary>What the options say, or else 1 GiB or half of what the process may have, whichever is less.</summary>
    public static long LimitFor(EngineOptions options) => options.MaxMemory ?? DefaultFor(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>The limit that is not set, in a process that may have <paramref name="available"/> bytes: by the heap's limit, its container's or the machine's.</summary>
    public static long DefaultFor(long available) => Math.Clamp(available / 2, MinLimit, EngineOptions.DefaultMaxMemory);

    /// <summary>A pool for one loop. All are made before the first is used.</summary>
    public SharedBlockPool CreatePool()
    {
        var pool = new SharedBlockPool(this);
        _pools = [.. _pools, pool];
        return pool;
    }

    /// <summary>Sees how things are; each loop, once a turn. Returns the bytes in use.</summary>
    public long Refresh()
    {
        var used = Used;
        var limit = Limit;
        Set(ref _isUnderPressure, MemoryThresholds.IsUnderPressure(used, limit, _isUnderPressure));
        Set(ref _isExhausted, used >= limit);
        if (HasWaiters && (HasRoom || used < Created))
            WakeWaiters();
        return used;
    }

    /// <summary>Completes when there may be room, or a connection has ended: to be asked again.</summary>
    public Task WaitForRoomAsync()
    {
        lock (_gate)
            return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Lets those look again who wait for room.</summary>
    public void WakeWaiters()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            room = _room;
            _room = null;
        }

        room?.SetResult();
    }

    /// <summary>Asks for the bytes of a new block. Idle blocks of any pool are dropped for it first.</summary>
    public bool TryReserve(int bytes, bool mayUseReserve)
    {
        while (true)
        {
            if (Interlocked.Add(ref _created, bytes) <= Max(mayUseReserve))
                return true;
            Interlocked.Add(ref _created, -bytes);
            if (!DropIdle())
                return false;
        }
    }

    /// <summary>Drops what lies idle in all pools; false when there was nothing.</summary>
    public bool DropIdle()
    {
        var dropped = 0L;
        foreach (var pool in _pools)
            dropped += pool.DropIdle();
        return dropped > 0;
    }

    /// <summary>A block has been left to the collector, or to an application that may still look at it.</summary>
    public void OnDropped(long bytes)
    {
        Interlocked.Add(ref _created, -bytes);
        Release.OnDropped(bytes);
    }

    /// <summary>
    /// The memory for a block could not be had, whatever the limit says: what is in use now is more than there is room for, so the limit is
    /// an eighth less than that for a while.
    /// </summary>
    public void OnAllocationFailed(int bytes)
    {
        Interlocked.Add(ref _created, -bytes);
        var used = Used;
        lock (_gate)
            Volatile.Write(ref _limit, Math.Clamp(used - (used / 8), Math.Min(MinLimit, _configured), Limit));
    }

    /// <summary>Brings a limit that failed allocations have reduced nearer to what was set; now and then.</summary>
    public void Recover()
    {
        if (!IsReduced)
            return;
        lock (_gate)
            Volatile.Write(ref _limit, Math.Min(_configured, _limit + (_configured / 8)));
    }

    private static void Set(ref bool flag, bool value)
    {
        // Written only when it changes, so that the line stays in the caches of all who read it.
        if (Volatile.Read(ref flag) != value)
            Volatile.Write(ref flag, value);
    }

    private long Max(bool mayUseReserve) => Limit + (mayUseReserve ? MemoryThresholds.ReserveOf(Limit) : 0);
}
