using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;

namespace UserTcp.Buffers;

/// <summary>
/// The memory of a stack for data, whichever queue, connection or application holds it (docs/decisions/0036). A block
/// counts from its creation until it is left to the garbage collector: the limit is about memory, not about lengths of
/// data. Reusing a block costs nothing here; only creating and dropping one touches the shared count.
/// </summary>
internal sealed class MemoryBudget
{
    private const long MinLimit = 1L << 20;

    /// <summary>Room for which a waiting writer waits: its largest piece.</summary>
    private const long MinRoom = 16 * BlockPool.StandardSize;

    private readonly Lock _gate = new();
    private readonly long _configured;
    private SharedBlockPool[] _pools = [];
    private TaskCompletionSource? _room;
    private long _limit;
    private long _created;
    private bool _isUnderPressure;
    private bool _isExhausted;

    /// <param name="limit">
    /// Max bytes of data that the stack holds for applications and peers; an eighth more is the reserve.
    /// </param>
    public MemoryBudget(long limit)
    {
        _configured = _limit = limit;
        Release = new MemoryRelease(limit);
    }

    /// <summary>Decides when dropped memory returns to the system.</summary>
    public MemoryRelease Release { get; }

    /// <summary>Bytes that may be used. For a while after a failed allocation, less than configured.</summary>
    public long Limit => Volatile.Read(ref _limit);

    /// <summary>True while the limit is less than configured.</summary>
    public bool IsReduced => Limit < _configured;

    /// <summary>Bytes in blocks, in use or idle.</summary>
    public long Created => Volatile.Read(ref _created);

    /// <summary>True once only the reserve is left.</summary>
    public bool IsOverLimit => Created > Limit;

    /// <summary>Memory pressure, as of the last turn of any loop.</summary>
    public bool IsUnderPressure => Volatile.Read(ref _isUnderPressure);

    /// <summary>True when the limit was reached, as of the last turn of any loop.</summary>
    public bool IsExhausted => Volatile.Read(ref _isExhausted);

    /// <summary>True when a writer may rent some blocks; false only when even the reserve is used up.</summary>
    public bool HasRoom =>
        Created + Math.Min(MinRoom, MemoryThresholds.ReserveOf(Limit) / 2) <= Max(mayUseReserve: true);

    /// <summary>True while a writer waits for room.</summary>
    public bool HasWaiters => Volatile.Read(ref _room) is not null;

    /// <summary>Bytes in rented blocks.</summary>
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

    /// <summary>
    /// The configured limit; by default the smaller of 1 GiB and half of the memory available to the process.
    /// </summary>
    public static long LimitFor(EngineOptions options) =>
        options.MaxMemory ?? DefaultFor(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>
    /// The default limit, in a process with <paramref name="available"/> bytes: the heap's limit, its container's or
    /// the machine's.
    /// </summary>
    public static long DefaultFor(long available) =>
        Math.Clamp(available / 2, MinLimit, EngineOptions.DefaultMaxMemory);

    /// <summary>Creates the pool of one loop. All are created before the first is used.</summary>
    public SharedBlockPool CreatePool()
    {
        var pool = new SharedBlockPool(this);
        _pools = [.. _pools, pool];
        return pool;
    }

    /// <summary>
    /// Updates the flags, and wakes waiting writers when there is room; each loop, once a turn. Returns the bytes in
    /// use.
    /// </summary>
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

    /// <summary>Completes when there may be room or a connection has ended: the caller checks again.</summary>
    public Task WaitForRoomAsync()
    {
        lock (_gate)
            return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Lets waiting writers check again.</summary>
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

    /// <summary>Reserves the bytes of a new block, after dropping idle blocks of any pool if necessary.</summary>
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

    /// <summary>Drops the idle blocks of all pools; false when there were none.</summary>
    public bool DropIdle()
    {
        var dropped = 0L;
        foreach (var pool in _pools)
            dropped += pool.DropIdle();
        return dropped > 0;
    }

    /// <summary>
    /// Blocks have been left to the garbage collector, or to an application that may still look at them.
    /// </summary>
    public void OnDropped(long bytes)
    {
        Interlocked.Add(ref _created, -bytes);
        Release.OnDropped(bytes);
    }

    /// <summary>
    /// The process has no memory for a block, whatever the limit says. For a while the limit is an eighth less than
    /// what is in use now.
    /// </summary>
    public void OnAllocationFailed(int bytes)
    {
        Interlocked.Add(ref _created, -bytes);
        var used = Used;
        lock (_gate)
            Volatile.Write(ref _limit, Math.Clamp(used - (used / 8), Math.Min(MinLimit, _configured), Limit));
    }

    /// <summary>Raises a limit that failed allocations have reduced, step by step up to the configured one.</summary>
    public void Recover()
    {
        if (!IsReduced)
            return;
        lock (_gate)
            Volatile.Write(ref _limit, Math.Min(_configured, _limit + (_configured / 8)));
    }

    private static void Set(ref bool flag, bool value)
    {
        // Written only when it changes, so that the cache line stays shared among the cores.
        if (Volatile.Read(ref flag) != value)
            Volatile.Write(ref flag, value);
    }

    private long Max(bool mayUseReserve) => Limit + (mayUseReserve ? MemoryThresholds.ReserveOf(Limit) : 0);
}
