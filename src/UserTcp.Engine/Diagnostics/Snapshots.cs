using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Diagnostics;

/// <summary>STATUS (RFC 9293 section 3.10.6).</summary>
internal static class Snapshots
{
    public static IReadOnlyList<ConnectionSnapshot> Of(EngineState engine, MonotonicTime now)
    {
        var snapshots = new List<ConnectionSnapshot>();
        foreach (var listener in engine.Listeners.All)
            snapshots.Add(Of(listener));
        foreach (var tcb in engine.Connections.All())
            snapshots.Add(Of(engine, tcb, now));
        foreach (var index in engine.HalfOpen.Indices())
            snapshots.Add(Take(engine, SynQueue.Restore(engine, index), now));
        foreach (var index in engine.TimeWait.Indices())
        {
            if (engine.IsReopening(index))
                continue;
            snapshots.Add(new ConnectionSnapshot
            {
                Tuple = engine.TimeWait.TupleAt(index),
                State = TcpState.TimeWait,
                TimeWaitLeft = engine.TimeWait.Left(index, now),
            });
        }

        return snapshots;
    }

    /// <summary>The status of one connection. A parked connection is unparked for it and parked again.</summary>
    public static ConnectionSnapshot Of(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        var wasParked = tcb.IsParked;
        tcb.Unpark();
        var snapshot = Take(engine, tcb, now);
        if (wasParked)
            Lifecycle.TryPark(engine, tcb);
        return snapshot;
    }

    private static ConnectionSnapshot Take(EngineState engine, Tcb tcb, MonotonicTime now) => new()
    {
        Tuple = tcb.Tuple,
        State = tcb.ReportedState,
        ReceiveQueue = tcb.Rcv.Held,
        SendQueue = tcb.SendQueue.Length,
        ReceiveBufferSize = tcb.Rcv.Buffer,
        SendBufferSize = SendBuffer.Of(engine, tcb),
        SndUna = unchecked(tcb.Snd.Una.Value - tcb.Snd.Iss.Value),
        SndNxt = unchecked(tcb.Snd.Nxt.Value - tcb.Snd.Iss.Value),
        SndWnd = tcb.Snd.Wnd,
        RcvNxt = unchecked(tcb.Rcv.Nxt.Value - tcb.Rcv.Irs.Value),
        RcvWnd = tcb.Rcv.Wnd,
        SendMss = tcb.Snd.Mss,
        CongestionControl = tcb.CongestionFactory.Name,
        CongestionWindow = WindowOf(tcb),
        SlowStartThreshold = tcb.CongestionOrNull?.SlowStartThreshold ?? long.MaxValue,
        SmoothedRtt = tcb.Rtt.Srtt,
        RttVariation = tcb.Rtt.RttVar,
        Rto = tcb.Rtt.Rto(engine.Options),
        Retransmissions = tcb.Retransmissions,
        DataReceived = tcb.DataReceived,
        DataAcknowledged = tcb.DataAcknowledged,
        UrgentBytes = tcb.Rcv.Urgent,
        SendWindowScale = tcb.Snd.Scale.Shift,
        ReceiveWindowScale = tcb.Rcv.Scale.Shift,
        Timestamps = tcb.Ts.Ok,
        Sack = tcb.SackOk,
        Ecn = tcb.Ecn.Ok,
        PeerMss = tcb.Snd.PeerMss,
        FlightSize = tcb.Snd.FlightSize,
        Unsent = Math.Max(tcb.SendQueue.End - tcb.Snd.Nxt, 0),
        Backoff = tcb.Loss.Timeouts,
        ZeroWindowProbes = tcb.ZeroWindowProbes,
        Recovery = tcb.Loss.State,
        SackedSegments = tcb.Loss.Flight?.Board.SackedSegments ?? 0,
        Lost = tcb.Loss.Flight?.Board.Lost ?? 0,
        Retransmitted = tcb.Loss.Flight?.Board.Retransmitted ?? 0,
        SynDataAccepted = tcb.SynDataAccepted,
        MinRtt = tcb.Rtt.MinRtt,
        SinceDataReceived = tcb.Rcv.LastData == MonotonicTime.Zero ? null : now - tcb.Rcv.LastData,
        SinceDataSent = tcb.LastDataSent == MonotonicTime.Zero ? null : now - tcb.LastDataSent,
        SinceAckReceived = tcb.LastAckReceived == MonotonicTime.Zero ? null : now - tcb.LastAckReceived,
        SoftError = tcb.SoftError,
        RtoBackoff = tcb.Rtt.Backoff,
        PacingRate = tcb.CongestionOrNull is { Pacer.IsPacing: true } paced ? paced.PacingRate(tcb.Rtt.Srtt) : null,
        Limit = tcb.Limit.Current,
        LimitedFor = tcb.Limit.CurrentFor(now),
        PeerWindowLimited = tcb.Limit.Total(SendLimit.PeerWindow, now),
        CongestionWindowLimited = tcb.Limit.Total(SendLimit.CongestionWindow, now),
        PacingLimited = tcb.Limit.Total(SendLimit.Pacing, now),
        Timers = TimersOf(tcb, now),
        Options = tcb.Options,
    };

    private static TimerSnapshots TimersOf(Tcb tcb, MonotonicTime now)
    {
        var timers = new List<TimerSnapshot>();
        foreach (var timer in Enum.GetValues<TcbTimer>())
        {
            if (tcb.Timers.IsRunning(timer))
                timers.Add(new TimerSnapshot(timer, tcb.Timers[timer] - now));
        }

        return timers.Count == 0 ? TimerSnapshots.None : new TimerSnapshots([.. timers]);
    }

    /// <summary>cwnd in bytes; while PRR reduces it, the window that PRR allows.</summary>
    private static long WindowOf(Tcb tcb) =>
        tcb is { SackOk: true, Loss.Flight: { } flight, CongestionOrNull.OwnsRecovery: false }
            && flight.State is RecoveryState.Recovery or RecoveryState.WindowReduced
            ? flight.Prr.Window
            : tcb.CongestionWindow;

    private static ConnectionSnapshot Of(Listener listener) => new()
    {
        Tuple = new FourTuple(
            listener.LocalAddress, listener.LocalPort,
            listener.LocalAddress.IsIPv4 ? IpAddress.AnyIPv4 : IpAddress.AnyIPv6, default),
        State = TcpState.Listen,
        ReceiveQueue = listener.Accepted.Count,
        SendQueue = listener.Backlog,
    };
}
