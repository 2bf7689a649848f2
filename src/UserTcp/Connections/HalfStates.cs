using UserTcp.Buffers;
using UserTcp.Errors;

namespace UserTcp.Connections;

/// <summary>
/// State of a connection's receiving half while it has data, credit or an end to report. Its reader locks around it.
/// </summary>
internal sealed class ReadState : IHalfState
{
    /// <summary>The state of every idle half. Never changed.</summary>
    public static readonly ReadState Empty = new();

    public Inbox Inbox = new(receiveBufferSize: 1);
    public CloseReason? End;

    /// <summary>The stream's reads behind the one that waits; null while there were none.</summary>
    public Queue<ReadWait>? Later;
    public bool IsBlocked;
    public bool IsExposed;
    public bool MustAdvance;
    public bool IsCancelRequested;
    public bool IsCompleted;
    public bool IsDisposed;

    /// <inheritdoc/>
    public bool IsDefault =>
        Inbox.IsIdle && End is null && Later is not { Count: > 0 }
        && !(IsBlocked || IsExposed || MustAdvance || IsCancelRequested || IsCompleted || IsDisposed);

    /// <inheritdoc/>
    public void Clear() => (Inbox, Later) = (new Inbox(receiveBufferSize: 1), null);
}

/// <summary>
/// State of a connection's sending half while it has data that is not acknowledged, or an end. Its writer locks around
/// it.
/// </summary>
internal sealed class WriteState : IHalfState
{
    /// <inheritdoc cref="ReadState.Empty"/>
    public static readonly WriteState Empty = new();

    public WriteBuffer Buffer;
    public BlockChain Outbox;
    public WriteTurns Turns;
    public SingleWait? Wait;
    public CloseReason? End;
    public long Queued;
    public ushort Blocked;
    public bool IsUrgent;
    public bool IsCancelRequested;
    public bool IsCompleted;

    /// <inheritdoc/>
    public bool IsDefault => Buffer.IsEmpty && Outbox.First is null && Wait is not { IsInUse: true } && End is null
        && Queued == 0 && Blocked == 0 && !(Turns.IsTaken || IsUrgent || IsCancelRequested || IsCompleted);

    /// <inheritdoc/>
    public void Clear() => (Wait, Turns) = (null, default);
}

/// <summary>The state of one half of a connection, which only halves that are not idle have.</summary>
internal interface IHalfState
{
    /// <summary>True when it equals a new one, but for what <see cref="Clear"/> resets.</summary>
    bool IsDefault { get; }

    /// <summary>Resets a state that <see cref="IsDefault"/>, for its next use.</summary>
    void Clear();
}

/// <summary>
/// Spare states, so that connections allocate nothing when they become idle and active in turn. Any thread.
/// </summary>
internal sealed class HalfStates<T>
    where T : class, IHalfState, new()
{
    private const int MaxSpare = 1024;

    private readonly Lock _gate = new();
    private readonly Stack<T> _spare = new();

    /// <summary>Rents a state, which equals a new one.</summary>
    public T Rent()
    {
        lock (_gate)
            return _spare.TryPop(out var state) ? state : new T();
    }

    /// <summary>
    /// Returns a half's state if the half does not need it, and clears the half's reference. The caller holds the
    /// half's lock.
    /// </summary>
    public void TryReturn(ref T? state)
    {
        if (state is not { IsDefault: true } returned)
            return;
        state = null;
        returned.Clear();
        lock (_gate)
        {
            if (_spare.Count < MaxSpare)
                _spare.Push(returned);
        }
    }
}
