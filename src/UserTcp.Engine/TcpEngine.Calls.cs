using System.Diagnostics.CodeAnalysis;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Calls;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recording;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <content>The user calls (RFC 9293 section 3.10). A fault in a call costs its connection.</content>
public sealed partial class TcpEngine
{
    private const string Design = "Performance";
    private const string Ca1822 = "CA1822:Mark members as static";
    private const string CallsAreOnTheEngine = "All user calls are calls on the engine.";

    /// <summary>
    /// Passive OPEN (RFC 9293 section 3.10.1). Port 0 chooses a free ephemeral port. 0.0.0.0 listens on all IPv4
    /// addresses, :: on all addresses of both families, unless <paramref name="flags"/> say otherwise.
    /// </summary>
    /// <param name="localAddress">The address to listen on.</param>
    /// <param name="localPort">The port to listen on.</param>
    /// <param name="backlog">
    /// Max connections in the accept queue; null means <see cref="EngineOptions.Backlog"/>.
    /// </param>
    /// <param name="options">The options of the connections that it accepts.</param>
    /// <param name="listener">The listener; null on an error.</param>
    /// <param name="flags">How it shares its port.</param>
    public EngineError Listen(
        IpAddress localAddress, Port localPort, int? backlog, ConnectionOptions options, out Listener? listener,
        ListenFlags flags = ListenFlags.None)
    {
        ArgumentNullException.ThrowIfNull(options);
        Recorder?.OnListen(localAddress, localPort, backlog, options, flags);
        var error = OpenCall.Passive(_state, localAddress, localPort, backlog, options, flags, out listener);
        if (listener is not null)
            Recorder?.OnListening(listener);
        return error;
    }

    /// <summary>
    /// Dequeues the oldest connection of the accept queue; its events are raised from now on. False when the queue is
    /// empty.
    /// </summary>
    public bool TryAccept(Listener listener, out Tcb? connection)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Recorder?.OnAccept(listener);
        if (!DataCalls.TryAccept(_state, listener, out connection))
            return false;
        Recorder?.OnConnection(connection!);
        return true;
    }

    /// <summary>Closes a listener. Connections that have not been accepted are reset.</summary>
    public void CloseListener(Listener listener, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Recorder?.OnCloseListener(listener, now);
        _state.Trace.Now = now;
        _state.Current.EnterShared();
        CloseCall.CloseListener(_state, _faults, listener, now);
        _state.Current.Leave();
        AssertInvariants();
    }

    /// <summary>
    /// Active OPEN (RFC 9293 section 3.10.1). The event <see cref="EngineEvents.Established"/> or
    /// <see cref="EngineEvents.Closed"/> reports the outcome.
    /// </summary>
    /// <param name="localAddress">Our address; null lets the engine choose (MUST-44).</param>
    /// <param name="localPort">Our port; 0 chooses a free ephemeral port (RFC 6056).</param>
    /// <param name="remoteAddress">The peer's address.</param>
    /// <param name="remotePort">The peer's port.</param>
    /// <param name="options">The options of the connection.</param>
    /// <param name="now">The time.</param>
    /// <param name="connection">The connection; null on an error.</param>
    public EngineError Open(
        IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort, ConnectionOptions options,
        MonotonicTime now, out Tcb? connection)
    {
        ArgumentNullException.ThrowIfNull(options);
        Recorder?.OnOpen(localAddress, localPort, remoteAddress, remotePort, options, now);
        _state.Trace.Now = now;
        _state.Current.EnterStateless();
        EngineError error;
        try
        {
            _state.At(FaultPoint.UserCall);
            error = OpenCall.Active(
                _state, localAddress, localPort, remoteAddress, remotePort, options, now, out connection);
            _state.Current.Leave();
        }
        catch (Exception fault)
        {
            Contain(fault);
            connection = null;
            return EngineError.InternalFault;
        }

        AssertInvariants();
        if (connection is not null)
            Recorder?.OnConnection(connection);
        return error;
    }

    /// <summary>
    /// Bytes of data that the SYN of an active open with <see cref="ConnectionOptions.FastOpen"/> can carry now, if
    /// they are sent right after <see cref="Open"/>. 0 when there is no cookie of the peer (RFC 7413 section 4.1.3).
    /// </summary>
    public int GetFastOpenRoom(IpAddress remoteAddress, MonotonicTime now) =>
        OpenCall.RoomInSyn(_state, remoteAddress, now);

    /// <summary>
    /// SEND (RFC 9293 section 3.10.2): appends a chain of blocks to the send queue. The engine owns them, whatever the
    /// result.
    /// </summary>
    /// <returns>False when the connection has ended or its sending side is closed.</returns>
    public bool Send(Tcb connection, Block first, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnSend(connection, first, now);
        _state.Trace.Now = now;
        _state.Current.Enter(connection);
        var chain = (Block?)first;
        bool isOpen;
        try
        {
            _state.At(FaultPoint.UserCall);
            var queued = connection.SendQueue.Length;
            isOpen = DataCalls.Send(connection, ref chain);
            _state.Trace.OnCall(connection, UserCall.Send, connection.SendQueue.Length - queued);
            _state.Current.Leave();
        }
        catch (Exception fault)
        {
            Contain(fault);
            Block.ReleaseChain(chain);
            return false;
        }

        AssertInvariants();
        return isOpen;
    }

    /// <summary>
    /// True when the peer has acknowledged all data, and with <paramref name="includingFin"/> our FIN too. False while
    /// a queued FIN has not been sent.
    /// </summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public bool IsAcknowledged(Tcb connection, bool includingFin)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return connection is { IsLive: true, IsSynchronized: true, HasUnsent: false, SendQueue.Length: 0 }
            && (!includingFin || connection.IsFinAcknowledged);
    }

    /// <summary>RTOs in a row without an acknowledgment.</summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public int GetTimeouts(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return connection.Loss.Timeouts;
    }

    /// <summary>True when no acceptable ACK has arrived for an RTO.</summary>
    public bool IsSilent(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return now - connection.LastAckReceived > connection.Rtt.Rto(_state.Options);
    }

    /// <summary>True when the application has read all that has arrived.</summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public bool IsRead(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return connection.Rcv.Held == 0;
    }

    /// <summary>Bytes that the peer has acknowledged since the last call: room in the send buffer.</summary>
    public int DequeueAcknowledged(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnCall(RecordedCall.DequeueAcknowledged, connection, now: null);
        connection.Unpark();
        return DataCalls.DequeueAcknowledged(connection);
    }

    /// <summary>
    /// RECEIVE (RFC 9293 section 3.10.3): dequeues all received data as a chain of blocks that the caller then owns;
    /// null when there is none. The data counts against the receive window until <see cref="Consumed"/>. A connection
    /// that has ended can still be read.
    /// </summary>
    public Block? Receive(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnCall(RecordedCall.Receive, connection, now: null);
        connection.Unpark();
        return DataCalls.Receive(connection);
    }

    /// <summary>The application has consumed that many bytes of received data: the receive window may open.</summary>
    public void Consumed(Tcb connection, int bytes, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnConsumed(connection, bytes, now);
        _state.Trace.Now = now;
        _state.Current.Enter(connection);
        try
        {
            _state.At(FaultPoint.UserCall);
            var isUpdateDue = DataCalls.Consumed(_state, connection, bytes, now);
            _state.Trace.OnCall(connection, UserCall.Receive, bytes);
            // Called for every read, so a read that opens no window does not cost a look for output.
            _state.Current.Leave(hasOutput: isUpdateDue);
        }
        catch (Exception fault)
        {
            Contain(fault);
        }

        AssertInvariants();
    }

    /// <summary>The receive buffer in bytes (RCV.BUFF). It grows, unless the connection's options set it.</summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public int GetReceiveBufferSize(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return connection.Rcv.Buffer;
    }

    /// <summary>
    /// The send buffer in bytes: twice cwnd, between <see cref="EngineOptions.InitialSendBufferSize"/> and
    /// <see cref="EngineOptions.SendBufferSize"/>, unless the connection's options set it. A caller should keep the max
    /// value it has seen, since the room it had before may be in use.
    /// </summary>
    public int GetSendBufferSize(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return SendBuffer.Of(_state, connection);
    }

    /// <summary>SRTT (RFC 6298 section 2); zero before the first measurement.</summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public TimeSpan GetSmoothedRtt(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return connection.Rtt.Srtt;
    }

    /// <summary>
    /// CLOSE of the sending side (RFC 9293 section 3.10.4): FIN follows the send queue, and receiving continues.
    /// </summary>
    public void Shutdown(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnCall(RecordedCall.Shutdown, connection, now);
        Call(connection, now, static (engine, tcb, now) => CloseCall.Shutdown(engine._state, tcb), UserCall.Shutdown);
    }

    /// <summary>
    /// CLOSE (RFC 9293 section 3.10.4): FIN follows the send queue, and the application reads no more. Data that is
    /// unconsumed or arrives later causes a RST (SHLD-3). The last event is <see cref="EngineEvents.Closed"/>.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="now">The time.</param>
    /// <param name="sendsFinFirst">
    /// A RST for unconsumed data waits until our FIN is acknowledged, so that nothing that was sent is lost. Else it is
    /// sent at once, as by <c>close(2)</c> of Linux.
    /// </param>
    public void Close(Tcb connection, MonotonicTime now, bool sendsFinFirst = false)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnCall(sendsFinFirst ? RecordedCall.CloseAfterFin : RecordedCall.Close, connection, now);
        Action<TcpEngine, Tcb, MonotonicTime> close = sendsFinFirst
            ? static (engine, tcb, now) => CloseCall.Close(engine._state, tcb, true, now)
            : static (engine, tcb, now) => CloseCall.Close(engine._state, tcb, false, now);
        Call(connection, now, close, UserCall.Close);
    }

    /// <summary>ABORT (RFC 9293 section 3.10.5): sends RST and drops the queues.</summary>
    public void Abort(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnCall(RecordedCall.Abort, connection, now);
        Call(connection, now, static (engine, tcb, now) => Lifecycle.Abort(engine._state, tcb), UserCall.Abort);
    }

    /// <summary>
    /// Resets a connection for which the application has no memory. Counted as <see cref="Counter.MemoryResets"/>.
    /// </summary>
    public void ResetForMemory(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnCall(RecordedCall.ResetForMemory, connection, now);
        Call(connection, now, static (engine, tcb, now) => Lifecycle.ResetForMemory(engine._state, tcb));
    }

    /// <summary>Changes the options of a connection. Its buffer sizes stay as they were at its open.</summary>
    public void SetOptions(Tcb connection, ConnectionOptions options, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        Recorder?.OnSetOptions(connection, options, now);
        Call(connection, now, (engine, tcb, _) => OptionsCall.Set(tcb, options));
    }

    /// <summary>
    /// SEND with the URGENT flag, for all data given to <see cref="Send"/> so far: its end is the urgent pointer (RFC
    /// 9293 section 3.8.5). An ACK reports it to the peer at once, also with a zero window. New applications should not
    /// use urgent data (SHLD-13).
    /// </summary>
    public void SetUrgent(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Recorder?.OnCall(RecordedCall.SetUrgent, connection, now);
        Call(connection, now, static (engine, tcb, now) => DataCalls.SetUrgent(tcb));
    }

    private void Call(
        Tcb connection, MonotonicTime now, Action<TcpEngine, Tcb, MonotonicTime> call, UserCall? kind = null)
    {
        _state.Trace.Now = now;
        _state.Current.Enter(connection);
        try
        {
            _state.At(FaultPoint.UserCall);
            call(this, connection, now);
            if (kind is { } userCall)
                _state.Trace.OnCall(connection, userCall);
            _state.Current.Leave();
        }
        catch (Exception fault)
        {
            Contain(fault);
        }

        AssertInvariants();
    }
}
