using System.Net;
using UserTcp.Buffers;
using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Errors;
using UserTcp.Requests;
using UserTcp.Telemetry;

namespace UserTcp.Connections;

/// <summary>
/// Carries a connection between the engine and the application: requests down, events up. The requests and the two
/// halves are safe for any thread; everything else belongs to the loop's thread.
/// </summary>
internal sealed class ConnectionPump : LoopRequest
{
    /// <summary>RTOs after which a stack that is disposed of gives up its own FIN.</summary>
    private const int MaxFinTimeouts = 2;

    private readonly ConnectionHome _home;
    private readonly Tcb _tcb;

    /// <summary>
    /// The <see cref="IPendingOpen"/> that asked for the connection, and later its <see cref="IUrgentSink"/>. One field
    /// for both, as a stack has many idle connections.
    /// </summary>
    private object? _user;
    private ConnectionLifetime? _lifetime;
    private int _requests;
    private ConnectionOptions _options;
    private Stage _stage;
    private bool _isDisposed;
    private bool _isEndedByStop;

    public ConnectionPump(
        ConnectionHome home, Tcb tcb, ConnectionOptions options, bool inlineContinuations, IPendingOpen? opening = null)
    {
        _home = home;
        _tcb = tcb;
        _user = opening;
        _options = options;
        InlineContinuations = inlineContinuations;
        Reader = new ConnectionReader(this);
        Writer = new ConnectionWriter(this, home.InitialSendBufferSize(options));
        tcb.Owner = this;
    }

    public ConnectionReader Reader { get; }

    public ConnectionWriter Writer { get; }

    /// <summary>True when continuations run on the thread that ends the wait.</summary>
    public bool InlineContinuations { get; }

    /// <summary>Created when the application asks for it, or when one of the ends is reached. Any thread.</summary>
    public ConnectionLifetime Lifetime =>
        LazyInitializer.EnsureInitialized(ref _lifetime, static () => new ConnectionLifetime())!;

    public Wire.FourTuple Tuple => _tcb.Tuple;

    private string PeerName => new IPEndPoint(Tuple.RemoteAddress.ToIPAddress(), Tuple.RemotePort.Value).ToString();

    public ConnectionHome Home => _home;

    public SharedBlockPool Pool => _home.Pool;

    /// <summary>True once the application has disposed of the connection. Any thread.</summary>
    public bool IsDisposed => Volatile.Read(ref _isDisposed);

    /// <summary>The options as the application has set them. Any thread.</summary>
    public ConnectionOptions Options => Volatile.Read(ref _options);

    /// <summary>Sets who is notified of urgent data; any thread, once there is no pending open.</summary>
    public void NotifyUrgent(IUrgentSink sink) => Volatile.Write(ref _user, sink);

    /// <summary>Asks something of the loop; any thread.</summary>
    public void Request(ConnectionRequests requests)
    {
        if (Interlocked.Or(ref _requests, (int)requests) == 0)
            _home.Mailbox.Post(this);
    }

    /// <summary>Sets options; any thread, one at a time.</summary>
    public void Change(ConnectionOptions options)
    {
        Volatile.Write(ref _options, options);
        Request(ConnectionRequests.Options);
    }

    /// <summary>RST; any thread. Reads and writes that wait end at once.</summary>
    public void Abort()
    {
        Reader.Deliver(data: null, CloseReason.Aborted);
        Writer.End(CloseReason.Aborted);
        Request(ConnectionRequests.Abort);
    }

    /// <summary>
    /// RST, as there is no memory for the application's data; any thread. Reads and writes that wait end at once.
    /// </summary>
    public void AbortForMemory()
    {
        Reader.Deliver(data: null, CloseReason.NoMemory);
        Writer.End(CloseReason.NoMemory);
        Request(ConnectionRequests.AbortForMemory);
    }

    /// <summary>
    /// The application disposes of the connection: CLOSE, the first time. Reads and writes that wait end at once; the
    /// application may still hold memory of either half. Any thread.
    /// </summary>
    public void Dispose()
    {
        if (!TryDispose())
            return;
        Reader.Close(isDataInUse: true);
        Writer.Close(isBufferInUse: true, CloseReason.Disposed);
        Request(ConnectionRequests.Close);
    }

    /// <summary>RST, for a connection that no application has seen; any thread.</summary>
    public void Discard()
    {
        TryDispose();
        Reader.Close(isDataInUse: false);
        Writer.Close(isBufferInUse: false, CloseReason.Aborted);
        Request(ConnectionRequests.Abort);
    }

    /// <summary>The reader was completed: with the writer completed too, the connection closes.</summary>
    public void OnReaderCompleted()
    {
        if (Writer.IsCompleted)
            Request(ConnectionRequests.Close);
    }

    /// <summary>The writer was completed.</summary>
    public void OnWriterCompleted() =>
        Request(
            Reader.IsCompleted ? ConnectionRequests.Shutdown | ConnectionRequests.Close : ConnectionRequests.Shutdown);

    /// <summary>A loop that blocks waits for itself.</summary>
    public void ThrowIfOnLoop()
    {
        if (_home.Mailbox.IsOnStack)
        {
            throw new InvalidOperationException(
                "A blocking read or write on a thread of the stack's own would wait for ever.");
        }
    }

    /// <inheritdoc/>
    internal override void Run(EngineTurn turn)
    {
        // A later request queues the pump again.
        var requests = (ConnectionRequests)Interlocked.Exchange(ref _requests, 0);
        if (_stage == Stage.Over)
            return;
        if ((requests & ConnectionRequests.Abort) != 0)
        {
            Abort(turn);
            return;
        }

        if ((requests & ConnectionRequests.AbortForMemory) != 0)
        {
            turn.Engine.ResetForMemory(_tcb, turn.Now);
            End(turn, CloseReason.NoMemory);
            return;
        }

        if ((requests & ConnectionRequests.Options) != 0)
            turn.Engine.SetOptions(_tcb, Options, turn.Now);
        SynchronizeCredit(turn);
        if ((requests & ConnectionRequests.Close) != 0)
            CloseAsOrphan(turn);
        else if ((requests & ConnectionRequests.Shutdown) != 0)
            Shutdown(turn);
        else
            Transmit(turn);
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        // The end of the stack has ended every connection already.
    }

    /// <summary>Reports to the engine what has been read since the last time.</summary>
    internal void SynchronizeCredit(EngineTurn turn)
    {
        var credit = Reader.CollectCredit();
        if (credit > 0)
            turn.Engine.Consumed(_tcb, credit, turn.Now);
    }

    /// <summary>The connection is idle: gives back the memory that it does not need until something happens.</summary>
    internal void Park(EngineTurn turn)
    {
        SynchronizeCredit(turn);
        if (!turn.Engine.TryPark(_tcb))
            return;
        Reader.Park();
        Writer.Park();
    }

    /// <summary>The stack is ending: FIN after what has been flushed; reading goes on.</summary>
    internal void Drain(EngineTurn turn)
    {
        if (_user is IPendingOpen)
        {
            Abort(turn);
            return;
        }

        if (_stage >= Stage.ShutDown)
            return;
        _stage = Stage.ShutDown;
        _isEndedByStop = true;
        HandOver(turn, Writer.DequeueOutbox(CloseReason.ShutDown));
        turn.Engine.Shutdown(_tcb, turn.Now);
    }

    /// <summary>
    /// The stack is being stopped: RST when the peer has acknowledged everything including the FIN, all that it has
    /// sent is read, and it is silent.
    /// </summary>
    internal void AbortIfSilent(EngineTurn turn)
    {
        if (_stage == Stage.Over)
            return;
        SynchronizeCredit(turn);
        var engine = turn.Engine;
        if (engine.IsAcknowledged(_tcb, includingFin: true) && engine.IsRead(_tcb) && engine.IsSilent(_tcb, turn.Now))
            Abort(turn);
    }

    /// <summary>
    /// The stack is being disposed of: RST when the peer has acknowledged the data and the FIN. What the peer may still
    /// send is not waited for, nor the ACK of a FIN that nobody asked for when it does not come.
    /// </summary>
    internal void AbortIfAcknowledged(EngineTurn turn)
    {
        if (_stage == Stage.Over)
            return;
        var engine = turn.Engine;
        var hasGivenUp = _isEndedByStop && engine.GetTimeouts(_tcb) >= MaxFinTimeouts;
        if (engine.IsAcknowledged(_tcb, includingFin: !hasGivenUp))
            Abort(turn);
    }

    /// <summary>RST, and the end.</summary>
    internal void Abort(EngineTurn turn)
    {
        turn.Engine.Abort(_tcb, turn.Now);
        End(turn, CloseReason.Aborted);
    }

    /// <summary>STATUS, after reporting to the engine what has been read.</summary>
    internal ConnectionSnapshot SynchronizeAndSnapshot(EngineTurn turn)
    {
        if (_stage == Stage.Over)
            return ClosedSnapshot();
        SynchronizeCredit(turn);
        return turn.Engine.GetSnapshot(_tcb, turn.Now);
    }

    /// <summary>STATUS of a connection that is over.</summary>
    internal ConnectionSnapshot ClosedSnapshot() => new() { Tuple = _tcb.Tuple, State = TcpState.Closed };

    /// <summary>Events from the engine.</summary>
    internal void OnEvents(EngineTurn turn, EngineEvents events)
    {
        if ((events & EngineEvents.Established) != 0)
            CompleteOpening(turn);
        if (_stage < Stage.Orphan && (events & (EngineEvents.Readable | EngineEvents.ReadsClosed)) != 0)
            Deliver(turn, isEnd: (events & EngineEvents.ReadsClosed) != 0);
        if (_stage < Stage.Orphan && (events & EngineEvents.Acknowledged) != 0)
            Writer.Acknowledge(turn.Engine.DequeueAcknowledged(_tcb), turn.Engine.GetSendBufferSize(_tcb));
        if ((events & EngineEvents.Urgent) != 0)
            (_user as IUrgentSink)?.RaiseUrgent();
        if ((events & EngineEvents.WritesClosed) != 0)
            Lifetime.CloseWrites();
        if ((events & EngineEvents.Closed) != 0)
            End(turn, CloseReason.From(_tcb.Error, _tcb.Fault));
    }

    /// <summary>The connection is over for the application.</summary>
    internal void End(EngineTurn turn, CloseReason reason)
    {
        if (_stage == Stage.Over)
            return;
        _stage = Stage.Over;
        _tcb.Owner = null;
        var opening = DetachOpening();
        opening?.Refuse(reason);
        Reader.Deliver(turn.Engine.Receive(_tcb), reason);
        Writer.End(reason);
        Lifetime.Close(reason);
        ReportEnd(turn, reason, opening);
    }

    /// <summary>
    /// A fault of the stack or of the application ends the connection: the engine resets it. Whatever the fault
    /// interrupted, the connection is over for the application.
    /// </summary>
    /// <exception cref="EngineFaultException">A second fault while the connection was being ended.</exception>
    internal void Fail(EngineTurn turn, Exception fault)
    {
        turn.Engine.ReportFault(_tcb, fault, turn.Now);
        var reason = CloseReason.Faulted(fault);
        _stage = Stage.Over;
        _tcb.Owner = null;

        // Runs all steps, even those that ran before the fault.
        var opening = DetachOpening();
        var second = Attempt.Run(() => opening?.Refuse(reason), earlier: null);
        second = Attempt.Run(() => Reader.Deliver(data: null, reason), second);
        second = Attempt.Run(() => Writer.End(reason), second);
        second = Attempt.Run(() => Lifetime.Close(reason), second);
        second = Attempt.Run(() => ReportEnd(turn, reason, opening), second);
        if (second is not null)
        {
            throw new EngineFaultException(
                $"A second fault while a faulted connection was being ended: {second.Message}",
                new AggregateException(fault, second));
        }
    }

    /// <summary>Sends the first data of an open that is under way, before the application can write any.</summary>
    internal void SendFirst(EngineTurn turn, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty && Writer.CopyFirst(data) is { } first)
            turn.Engine.Send(_tcb, first, turn.Now);
    }

    private bool TryDispose() => !Interlocked.Exchange(ref _isDisposed, true);

    private void CompleteOpening(EngineTurn turn)
    {
        if (DetachOpening() is not { } opening)
            return;
        if (opening.Succeed(this))
            _home.Ages.Establish(this, turn.Now);
        else
            Abort(turn);
    }

    /// <summary>Reports the end of a connection to who collects it; not that of an open that was under way.</summary>
    private void ReportEnd(EngineTurn turn, CloseReason reason, IPendingOpen? opening)
    {
        if (opening is not null)
        {
            _home.Ages.Forget(this);
            return;
        }

        _home.Ages.End(this, reason, turn.Engine, _tcb, turn.Now);
        if (StackEventSource.Log.IsEnabled())
            StackEventSource.Log.Closed(PeerName, reason.IsOrderly ? "" : UserTcpTelemetry.NameOf(reason.Error));
    }

    private IPendingOpen? DetachOpening()
    {
        if (_user is not IPendingOpen opening)
            return null;
        _user = null;
        return opening;
    }

    private void Deliver(EngineTurn turn, bool isEnd)
    {
        var data = turn.Engine.Receive(_tcb);
        var credit = Reader.Deliver(data, isEnd ? CloseReason.Orderly : null, turn.Engine.GetReceiveBufferSize(_tcb));
        if (credit > 0)
            turn.Engine.Consumed(_tcb, credit, turn.Now);
        if (isEnd)
            Lifetime.CloseReads();
    }

    private void Transmit(EngineTurn turn)
    {
        if (_stage < Stage.ShutDown)
            HandOver(turn, Writer.DequeueOutbox());
    }

    private void Shutdown(EngineTurn turn)
    {
        if (_stage >= Stage.ShutDown)
            return;
        _stage = Stage.ShutDown;
        HandOver(turn, Writer.DequeueOutbox());
        turn.Engine.Shutdown(_tcb, turn.Now);
    }

    private void CloseAsOrphan(EngineTurn turn)
    {
        if (_stage >= Stage.Orphan)
            return;
        if (_stage < Stage.ShutDown)
            HandOver(turn, Writer.DequeueOutbox());
        _stage = Stage.Orphan;
        turn.Engine.Close(_tcb, turn.Now, sendsFinFirst: true);
    }

    private void HandOver(EngineTurn turn, (Block? Chain, bool IsUrgent) outbox)
    {
        if (outbox.Chain is null)
            return;
        turn.Engine.Send(_tcb, outbox.Chain, turn.Now);
        if (outbox.IsUrgent)
            turn.Engine.SetUrgent(_tcb, turn.Now);
    }

    /// <summary>
    /// How far the application's end of the connection has come. Stages follow in this order; only the loop changes
    /// them.
    /// </summary>
    private enum Stage : byte
    {
        Open,

        /// <summary>FIN is sent, or will be.</summary>
        ShutDown,

        /// <summary>ShutDown, and the application no longer reads.</summary>
        Orphan,

        /// <summary>The connection has ended.</summary>
        Over,
    }
}
