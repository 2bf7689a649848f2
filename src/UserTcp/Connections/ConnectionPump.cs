using UserTcp.Buffers;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Loop;

namespace UserTcp.Connections;

/// <summary>
/// Carries a connection between the engine and the application: requests down, events up. Fields that both sides touch are
/// the requests and the two halves, which lock for themselves; all else belongs to the loop's thread.
/// </summary>
internal sealed class ConnectionPump : LoopRequest
{
    private readonly StackLoop _loop;
    private readonly Tcb _tcb;

    /// <summary>Who the connection is for: the <see cref="OpenRequest"/> that asked for it, then its <see cref="Face"/>.</summary>
    private object? _user;
    private ConnectionLifetime? _lifetime;
    private int _requests;
    private ConnectionOptions _options;
    private Stage _stage;
    private bool _isDisposed;

    public ConnectionPump(
        StackLoop loop, Tcb tcb, ConnectionOptions options, EngineOptions defaults, bool inlineContinuations, OpenRequest? opening)
    {
        _loop = loop;
        _tcb = tcb;
        _user = opening;
        _options = options;
        InlineContinuations = inlineContinuations;
        Reader = new ConnectionReader(this);
        Writer = new ConnectionWriter(this, options.SendBufferSize ?? Math.Min(defaults.InitialSendBufferSize, defaults.SendBufferSize));
        tcb.Owner = this;
    }

    /// <summary>The connection as the application sees it, once there is one to see.</summary>
    public UserTcpConnection? Face
    {
        get => _user as UserTcpConnection;
        set => _user = value;
    }

    public ConnectionReader Reader { get; }

    public ConnectionWriter Writer { get; }

    /// <summary>True when what waits goes on on the thread that ends the wait.</summary>
    public bool InlineContinuations { get; }

    /// <summary>Made when somebody asks for it, or one of the ends comes. Any thread.</summary>
    public ConnectionLifetime Lifetime => LazyInitializer.EnsureInitialized(ref _lifetime, static () => new ConnectionLifetime())!;

    public Wire.FourTuple Tuple => _tcb.Tuple;

    public StackLoop Loop => _loop;

    public SharedBlockPool Pool => _loop.Pool;

    /// <summary>The application has disposed of the connection. Any thread.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed);

    /// <summary>What the user has set. Any thread.</summary>
    public ConnectionOptions Options => Volatile.Read(ref _options);

    /// <summary>Asks something of the loop; any thread.</summary>
    public void Request(ConnectionRequests requests)
    {
        if (Interlocked.Or(ref _requests, (int)requests) == 0)
            _loop.Post(this);
    }

    /// <summary>Sets options; any thread, one at a time.</summary>
    public void Change(ConnectionOptions options)
    {
        Volatile.Write(ref _options, options);
        Request(ConnectionRequests.Options);
    }

    /// <summary>RST; any thread. What waits ends at once.</summary>
    public void Abort()
    {
        Reader.Deliver(data: null, CloseReason.Aborted);
        Writer.End(CloseReason.Aborted);
        Request(ConnectionRequests.Abort);
    }

    /// <summary>RST, as there is no memory for what the application writes; any thread. What waits ends at once.</summary>
    public void AbortForMemory()
    {
        Reader.Deliver(data: null, CloseReason.NoMemory);
        Writer.End(CloseReason.NoMemory);
        Request(ConnectionRequests.AbortForMemory);
    }

    /// <summary>The application disposes of the connection; true the first time. Any thread.</summary>
    public bool TryDispose() => !Interlocked.Exchange(ref _isDisposed, true);

    /// <summary>CLOSE; any thread. What waits ends at once; the application may still hold memory of either half.</summary>
    public void Close()
    {
        Reader.Close(isDataInUse: true);
        Writer.Close(isBufferInUse: true, CloseReason.Disposed);
        Request(ConnectionRequests.Close);
    }

    /// <summary>RST, for a connection that no application has seen; any thread.</summary>
    public void Discard()
    {
        Reader.Close(isDataInUse: false);
        Writer.Close(isBufferInUse: false, CloseReason.Aborted);
        Request(ConnectionRequests.Abort);
    }

    /// <summary>The reader was completed: with the writer completed too, nobody has any use for the connection.</summary>
    public void OnReaderCompleted()
    {
        if (Writer.IsCompleted)
            Request(ConnectionRequests.Close);
    }

    /// <summary>The writer was completed.</summary>
    public void OnWriterCompleted() =>
        Request(Reader.IsCompleted ? ConnectionRequests.Shutdown | ConnectionRequests.Close : ConnectionRequests.Shutdown);

    /// <summary>Blocking on the thread that would have to end the wait cannot end.</summary>
    public void ThrowIfOnLoop()
    {
        if (_loop.IsOnStack)
            throw new InvalidOperationException("A blocking read or write on a thread of the stack's own would wait for ever.");
    }

    /// <inheritdoc/>
    internal override void Run(EngineDriver host)
    {
        // Whoever asks for something after this queues the pump again.
        var requests = (ConnectionRequests)Interlocked.Exchange(ref _requests, 0);
        if (_stage == Stage.Over)
            return;
        if ((requests & ConnectionRequests.Abort) != 0)
        {
            Abort(host);
            return;
        }

        if ((requests & ConnectionRequests.AbortForMemory) != 0)
        {
            host.Engine.ResetForMemory(_tcb, host.Now);
            End(host, CloseReason.NoMemory);
            return;
        }

        if ((requests & ConnectionRequests.Options) != 0)
            host.Engine.SetOptions(_tcb, Options, host.Now);
        SynchronizeCredit(host);
        if ((requests & ConnectionRequests.Close) != 0)
            CloseAsOrphan(host);
        else if ((requests & ConnectionRequests.Shutdown) != 0)
            Shutdown(host);
        else
            Transmit(host);
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        // Whoever ends the stack has ended every connection in the registry already.
    }

    /// <summary>Tells the engine what has been read and not been told yet.</summary>
    internal void SynchronizeCredit(EngineDriver host)
    {
        var credit = Reader.CollectCredit();
        if (credit > 0)
            host.Engine.Consumed(_tcb, credit, host.Now);
    }

    /// <summary>The connection has been idle for a while: gives back what it can do without until something happens.</summary>
    internal void Park(EngineDriver host)
    {
        SynchronizeCredit(host);
        if (!host.Engine.TryPark(_tcb))
            return;
        Reader.Park();
        Writer.Park();
    }

    /// <summary>The stack is ending: FIN after what has been flushed; reading goes on.</summary>
    internal void Drain(EngineDriver host)
    {
        if (_user is OpenRequest)
        {
            Abort(host);
            return;
        }

        if (_stage >= Stage.ShutDown)
            return;
        _stage = Stage.ShutDown;
        HandOver(host, Writer.DequeueOutbox(CloseReason.ShutDown));
        host.Engine.Shutdown(_tcb, host.Now);
    }

    /// <summary>RST, and the end.</summary>
    internal void Abort(EngineDriver host)
    {
        host.Engine.Abort(_tcb, host.Now);
        End(host, CloseReason.Aborted);
    }

    /// <summary>STATUS.</summary>
    internal Engine.Diagnostics.ConnectionSnapshot SynchronizeAndSnapshot(EngineDriver host)
    {
        if (_stage == Stage.Over)
            return ClosedSnapshot();
        SynchronizeCredit(host);
        return host.Engine.GetSnapshot(_tcb);
    }

    /// <summary>STATUS of a connection that is over.</summary>
    internal Engine.Diagnostics.ConnectionSnapshot ClosedSnapshot() => new() { Tuple = _tcb.Tuple, State = TcpState.Closed };

    /// <summary>Events from the engine.</summary>
    internal void OnEvents(EngineDriver host, EngineEvents events)
    {
        if ((events & EngineEvents.Established) != 0)
            CompleteOpening(host);
        if (_stage < Stage.Orphan && (events & (EngineEvents.Readable | EngineEvents.ReadsClosed)) != 0)
            Deliver(host, isEnd: (events & EngineEvents.ReadsClosed) != 0);
        if (_stage < Stage.Orphan && (events & EngineEvents.Acknowledged) != 0)
            Writer.Acknowledge(host.Engine.DequeueAcknowledged(_tcb), host.Engine.GetSendBufferSize(_tcb));
        if ((events & EngineEvents.Urgent) != 0)
            Face?.RaiseUrgent();
        if ((events & EngineEvents.WritesClosed) != 0)
            Lifetime.CloseWrites();
        if ((events & EngineEvents.Closed) != 0)
            End(host, CloseReason.From(_tcb.Error, _tcb.Fault));
    }

    /// <summary>The connection is over for its user.</summary>
    internal void End(EngineDriver host, CloseReason reason)
    {
        if (_stage == Stage.Over)
            return;
        _stage = Stage.Over;
        _tcb.Owner = null;
        DetachOpening()?.Refuse(reason);
        Reader.Deliver(host.Engine.Receive(_tcb), reason);
        Writer.End(reason);
        Lifetime.Close(reason);
    }

    /// <summary>
    /// A fault of the stack or of the application has cost the connection, which the engine resets: it is over for its user, wherever the fault
    /// broke off what was being done.
    /// </summary>
    /// <exception cref="EngineFaultException">Another fault while it was being ended.</exception>
    internal void Fail(EngineDriver host, Exception fault)
    {
        host.Engine.ReportFault(_tcb, fault, host.Now);
        var reason = CloseReason.Faulted(fault);
        _stage = Stage.Over;
        _tcb.Owner = null;

        // Each of them again, whichever have been done.
        var second = StackLoop.Try(() => DetachOpening()?.Refuse(reason), fault: null);
        second = StackLoop.Try(() => Reader.Deliver(data: null, reason), second);
        second = StackLoop.Try(() => Writer.End(reason), second);
        second = StackLoop.Try(() => Lifetime.Close(reason), second);
        if (second is not null)
            throw new EngineFaultException($"A fault while a connection was being ended because of another one: {second.Message}", new AggregateException(fault, second));
    }

    private void CompleteOpening(EngineDriver host)
    {
        if (DetachOpening() is { } opening && !opening.Succeed(this))
            Abort(host);
    }

    private OpenRequest? DetachOpening()
    {
        if (_user is not OpenRequest opening)
            return null;
        _user = null;
        return opening;
    }

    private void Deliver(EngineDriver host, bool isEnd)
    {
        var data = host.Engine.Receive(_tcb);
        var credit = Reader.Deliver(data, isEnd ? CloseReason.Orderly : null, host.Engine.GetReceiveBufferSize(_tcb));
        if (credit > 0)
            host.Engine.Consumed(_tcb, credit, host.Now);
        if (isEnd)
            Lifetime.CloseReads();
    }

    /// <summary>Text of an open that is under way; nobody can have written any yet.</summary>
    internal void SendFirst(EngineDriver host, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty)
        {
            if (Writer.CopyFirst(data) is { } first)
                host.Engine.Send(_tcb, first, host.Now);
        }
    }

    private void Transmit(EngineDriver host)
    {
        if (_stage < Stage.ShutDown)
            HandOver(host, Writer.DequeueOutbox());
    }

    private void Shutdown(EngineDriver host)
    {
        if (_stage >= Stage.ShutDown)
            return;
        _stage = Stage.ShutDown;
        HandOver(host, Writer.DequeueOutbox());
        host.Engine.Shutdown(_tcb, host.Now);
    }

    private void CloseAsOrphan(EngineDriver host)
    {
        if (_stage >= Stage.Orphan)
            return;
        if (_stage < Stage.ShutDown)
            HandOver(host, Writer.DequeueOutbox());
        _stage = Stage.Orphan;
        host.Engine.Close(_tcb, host.Now);
    }

    private void HandOver(EngineDriver host, (Block? Chain, bool IsUrgent) outbox)
    {
        if (outbox.Chain is null)
            return;
        host.Engine.Send(_tcb, outbox.Chain, host.Now);
        if (outbox.IsUrgent)
            host.Engine.SetUrgent(_tcb, host.Now);
    }

    /// <summary>How far the application's end of the connection has come. In this order; only the loop changes it.</summary>
    private enum Stage : byte
    {
        Open,

        /// <summary>FIN is sent, or will be.</summary>
        ShutDown,

        /// <summary>And nobody reads any more.</summary>
        Orphan,

        /// <summary>The engine has said that it is over.</summary>
        Over,
    }
}
