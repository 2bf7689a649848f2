using UserTcp.Buffers;

namespace UserTcp.Connections;

/// <summary>What the receiving half of a connection needs while there is anything to read, or to be told. Its reader locks around it.</summary>
internal sealed class ReadState : IHalfState
{
    /// <summary>Of a half that has none: nothing is there, and nothing has happened. Never changed.</summary>
    public static readonly ReadState Empty = new();

    public Inbox Inbox = new(receiveBufferSize: 1);
    public CloseReason? End;
    public bool IsBlocked;
    public bool IsExposed;
    public bool MustAdvance;
    public bool IsCancelRequested;
    public bool IsCompleted;
    public bool IsDisposed;

    /// <inheritdoc/>
    public bool IsDefault =>
        Inbox.IsIdle && End is null && !(IsBlocked || IsExposed || MustAdvance || IsCancelRequested || IsCompleted || IsDisposed);

    /// <inheritdoc/>
    public void Clear() => Inbox = new Inbox(receiveBufferSize: 1);
}

/// <summary>What the sending half of a connection needs while anything is written and not acknowledged. Its writer locks around it.</summary>
internal sealed class WriteState : IHalfState
{
    /// <inheritdoc cref="ReadState.Empty"/>
    public static readonly WriteState Empty = new();

    public WriteBuffer Buffer;
    public BlockChain Outbox;
    public SingleWait? Wait;
    public CloseReason? End;
    public long Queued;
    public ushort Blocked;
    public bool IsUrgent;
    public bool IsCancelRequested;
    public bool IsCompleted;

    /// <inheritdoc/>
    public bool IsDefault => Buffer.IsEmpty && Outbox.First is null && Wait is not { IsInUse: true } && End is null && Queued == 0 && Blocked == 0
        && !(IsUrgent || IsCancelRequested || IsCompleted);

    /// <inheritdoc/>
    public void Clear() => Wait = null;
}

/// <summary>A state that one half of a connection has while it needs it.</summary>
internal interface IHalfState
{
    /// <summary>Nothing in it differs from a new one but what <see cref="Clear"/> sets back.</summary>
    bool IsDefault { get; }

    /// <summary>Makes a state that <see cref="IsDefault"/> a new one.</summary>
    void Clear();
}

/// <summary>States for the next halves that need one: connections that fall idle and go on in turn allocate nothing. Any thread.</summary>
internal sealed class HalfStates<T>
    where T : class, IHalfState, new()
{
    private const int MaxSpare = 1024;

    private readonly Lock _gate = new();
    private readonly Stack<T> _spare = new();

    /// <summary>A state that is as new.</summary>
    public T Rent()
    {
        lock (_gate)
            return _spare.TryPop(out var state) ? state : new T();
    }

    /// <summary>Takes the state of a half when that can do without, and clears the half's reference. The half's lock is held.</summary>
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
