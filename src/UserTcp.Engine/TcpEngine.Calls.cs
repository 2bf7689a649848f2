using System.Diagnostics.CodeAnalysis;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Calls;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine;

/// <content>The user calls (RFC 9293 section 3.10). A fault in one costs its connection.</content>
public sealed partial class TcpEngine
{
    private const string Design = "Performance";
    private const string Ca1822 = "CA1822:Mark members as static";
    private const string CallsAreOnTheEngine = "All user calls are calls on the engine.";

    /// <summary>
    /// Passive OPEN (RFC 9293 section 3.10.1). Port 0 takes a free ephemeral one. An unspecified address listens on all addresses of its
    /// family, :: on those of both.
    /// </summary>
    /// <param name="localAddress">The address to listen on.</param>
    /// <param name="localPort">The port to listen on.</param>
    /// <param name="backlog">Connections that may wait to be accepted; null takes <see cref="EngineOptions.Backlog"/>.</param>
    /// <param name="options">What accepted connections start with.</param>
    /// <param name="listener">The listener, when there is no error.</param>
    public EngineError Listen(IpAddress localAddress, Port localPort, int? backlog, ConnectionOptions options, out Listener? listener)
    {
        ArgumentNullException.ThrowIfNull(options);
        return OpenCall.Passive(_state, localAddress, localPort, backlog, options, out listener);
    }

    /// <summary>The connection that has waited longest to be accepted. Events from before are raised now. False when none waits.</summary>
    public bool TryAccept(Listener listener, out Tcb? connection)
    {
        ArgumentNullException.ThrowIfNull(listener);
        return DataCalls.TryAccept(_state, listener, out connection);
    }

    /// <summary>Ends a listener; connections that nobody has accepted are reset.</summary>
    public void CloseListener(Listener listener, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(listener);
        _lastNow = now;
        _state.Current.EnterShared();
        CloseCall.CloseListener(_state, _faults, listener, now);
        _state.Current.Leave();
    }

    /// <summary>
    /// Active OPEN (RFC 9293 section 3.10.1). Its outcome is the event <see cref="EngineEvents.Established"/> or
    /// <see cref="EngineEvents.Closed"/>.
    /// </summary>
    /// <param name="localAddress">Our address; null lets the stack choose (MUST-44).</param>
    /// <param name="localPort">Our port; 0 takes a free ephemeral one (RFC 6056).</param>
    /// <param name="remoteAddress">The peer's address.</param>
    /// <param name="remotePort">The peer's port.</param>
    /// <param name="options">What the connection starts with.</param>
    /// <param name="now">The time.</param>
    /// <param name="connection">The connection, when there is no error.</param>
    public EngineError Open(
        IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort, ConnectionOptions options, MonotonicTime now,
        out Tcb? connection)
    {
        ArgumentNullException.ThrowIfNull(options);
        _lastNow = now;
        _state.Current.EnterStateless();
        try
        {
            _state.At(FaultPoint.UserCall);
            var error = OpenCall.Active(_state, localAddress, localPort, remoteAddress, remotePort, options, now, out connection);
            _state.Current.Leave();
            return error;
        }
        catch (Exception fault)
        {
            Contain(fault);
            connection = null;
            return EngineError.InternalFault;
        }
    }

    /// <summary>
    /// Octets of text that an active open with <see cref="ConnectionOptions.FastOpen"/> would send in its SYN now, if it is given as much right
    /// after <see cref="Open"/>; 0 when the peer's cookie is not known (RFC 7413 section 4.1.3).
    /// </summary>
    public int GetFastOpenRoom(IpAddress remoteAddress, MonotonicTime now) => OpenCall.RoomInSyn(_state, remoteAddress, now);

    /// <summary>SEND (RFC 9293 section 3.10.2): appends a chain of blocks, which are the engine's from now on, whatever the result.</summary>
    /// <returns>False when the connection cannot send any more.</returns>
    public bool Send(Tcb connection, Block first, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _lastNow = now;
        _state.Current.Enter(connection);
        var chain = (Block?)first;
        try
        {
            _state.At(FaultPoint.UserCall);
            var isOpen = DataCalls.Send(connection, ref chain);
            _state.Current.Leave();
            return isOpen;
        }
        catch (Exception fault)
        {
            Contain(fault);
            Block.ReleaseChain(chain);
            return false;
        }
    }

    /// <summary>Octets acknowledged by the peer since the last call: room that the user may fill again.</summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public int DequeueAcknowledged(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return DataCalls.DequeueAcknowledged(connection);
    }

    /// <summary>
    /// RECEIVE (RFC 9293 section 3.10.3): takes all text that is there, as a chain of blocks that are the caller's from now on; null when
    /// there is none. It counts against the receive window until <see cref="Consumed"/>. Also after the connection has ended.
    /// </summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public Block? Receive(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return DataCalls.Receive(connection);
    }

    /// <summary>The user is done with that many octets of what it took: the window may open.</summary>
    public void Consumed(Tcb connection, int octets, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _lastNow = now;
        _state.Current.Enter(connection);
        try
        {
            _state.At(FaultPoint.UserCall);
            DataCalls.Consumed(_state, connection, octets, now);
            _state.Current.Leave();
        }
        catch (Exception fault)
        {
            Contain(fault);
        }
    }

    /// <summary>Octets of received text that the connection holds for its user at most now; grows, unless its options say how many.</summary>
    [SuppressMessage(Design, Ca1822, Justification = CallsAreOnTheEngine)]
    public int GetReceiveBufferSize(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return connection.Rcv.Buffer;
    }

    /// <summary>
    /// Octets that the connection's user should have queued for sending at most now: twice the congestion window, between
    /// <see cref="EngineOptions.InitialSendBufferSize"/> and <see cref="EngineOptions.SendBufferSize"/>, unless its options say how many.
    /// What was room once may be filled, so a user keeps the greatest that it has seen.
    /// </summary>
    public int GetSendBufferSize(Tcb connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        connection.Unpark();
        return BufferGrowth.SendBuffer(_state, connection);
    }

    /// <summary>Half of CLOSE (RFC 9293 section 3.10.4): FIN follows what is queued; receiving goes on.</summary>
    public void Shutdown(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Call(connection, now, static (engine, tcb, now) => CloseCall.Shutdown(engine._state, tcb));
    }

    /// <summary>
    /// CLOSE (RFC 9293 section 3.10.4): FIN follows what is queued, and the user will not read. With text unconsumed, or when text
    /// arrives later, RST (SHLD-3). The only event that still comes is <see cref="EngineEvents.Closed"/>.
    /// </summary>
    public void Close(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Call(connection, now, static (engine, tcb, now) => CloseCall.Close(engine._state, tcb, now));
    }

    /// <summary>ABORT (RFC 9293 section 3.10.5): RST, and what is queued is dropped.</summary>
    public void Abort(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Call(connection, now, static (engine, tcb, now) => Lifecycle.Abort(engine._state, tcb));
    }

    /// <summary>RST, as its user has no memory for it: counted with those that the engine resets at its limit.</summary>
    public void ResetForMemory(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Call(connection, now, static (engine, tcb, now) => Lifecycle.ResetForMemory(engine._state, tcb));
    }

    /// <summary>Changes what is set for a connection. Buffer sizes stay as they were at its open.</summary>
    public void SetOptions(Tcb connection, ConnectionOptions options, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        Call(connection, now, (engine, tcb, _) => OptionsCall.Set(tcb, options));
    }

    /// <summary>
    /// SEND with the URGENT flag, for what has been given to <see cref="Send"/> so far: its end is the urgent mark (RFC 9293 section
    /// 3.8.5). The peer is told at once, whatever its window. New applications should do without it (SHLD-13).
    /// </summary>
    public void SetUrgent(Tcb connection, MonotonicTime now)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Call(connection, now, static (engine, tcb, now) => DataCalls.SetUrgent(tcb));
    }

    private void Call(Tcb connection, MonotonicTime now, Action<TcpEngine, Tcb, MonotonicTime> call)
    {
        _lastNow = now;
        _state.Current.Enter(connection);
        try
        {
            _state.At(FaultPoint.UserCall);
            call(this, connection, now);
            _state.Current.Leave();
        }
        catch (Exception fault)
        {
            Contain(fault);
        }
    }
}
