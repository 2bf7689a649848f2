using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>
/// Admission of a SYN: whether a listener has room, and whether it keeps state or answers by SYN cookie (RFC 4987).
/// </summary>
internal static class Admission
{
    /// <summary>
    /// True when the accept queue and the connection limit have room for a peer with a proven address.
    /// </summary>
    public static bool HasRoomToAccept(EngineState engine, Listener listener) =>
        listener.Accepted.Count < listener.Backlog && engine.Connections.Count < engine.Options.MaxConnections;

    /// <summary>True when the SYN queue of the listener is full, or the connection limit is reached.</summary>
    public static bool IsFull(EngineState engine, Listener listener) =>
        listener.HalfOpen >= engine.Options.MaxHalfOpen || engine.ConnectionCount >= engine.Options.MaxConnections;

    /// <summary>
    /// True when there is room for a SYN that reuses TIME-WAIT. It gets a half-open entry and no cookie: the ISS has to
    /// lie beyond the old connection's sequence numbers (RFC 9293 section 3.6.1), and the value of a cookie cannot be
    /// chosen. With cookies, the limit of the SYN queue is doubled for such SYNs.
    /// </summary>
    public static bool HasRoomForSuccessor(EngineState engine, Listener listener) =>
        engine.Options.SynCookies == SynCookieMode.Never
            ? !IsFull(engine, listener)
            : listener.HalfOpen < 2L * engine.Options.MaxHalfOpen
                && engine.ConnectionCount < engine.Options.MaxConnections;

    /// <summary>True when a SYN is answered by SYN cookie, without state.</summary>
    public static bool UsesCookies(EngineState engine, Listener listener) => engine.Options.SynCookies switch
    {
        SynCookieMode.Never => false,
        SynCookieMode.Always => true,
        _ => IsUnderPressure(engine, listener),
    };

    /// <summary>
    /// True when a SYN,ACK is not retransmitted: under a SYN flood each spoofed SYN would draw several. A real peer
    /// retransmits its SYN and draws the SYN,ACK again.
    /// </summary>
    public static bool WithholdsSynAck(EngineState engine, Tcb tcb) =>
        engine.Options.SynCookies != SynCookieMode.Never
        && tcb is { State: TcpState.SynReceived, Listener: { } listener, IsOpenEarly: false }
        && IsUnderPressure(engine, listener);

    /// <summary>
    /// Makes room in the connection limit for a peer with a proven address: deletes the half-open connection that times
    /// out next.
    /// </summary>
    public static void MakeRoom(EngineState engine)
    {
        if (engine.ConnectionCount >= engine.Options.MaxConnections && engine.HalfOpen.Count > 0)
            Lifecycle.Delete(engine, SynQueue.Unpark(engine, engine.HalfOpen.First), EngineError.TimedOut);
    }

    private static bool IsUnderPressure(EngineState engine, Listener listener) =>
        IsFull(engine, listener) || engine.Memory.IsUnderPressure;
}
