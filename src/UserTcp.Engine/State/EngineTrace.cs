using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// Reports events to the observer, and does nothing without one. A connection is compared before and after it is
/// handled (<see cref="Begin"/>, <see cref="End"/>): changes of its state, its timers and its limit become events, so
/// that no algorithm has to report them (docs/decisions/0053).
/// </summary>
internal sealed class EngineTrace(EngineOptions options)
{
    private const int MaxFindings = 4;
    private const int TimerCount = (int)TcbTimer.MinProgress + 1;

    private Findings _findings;
    private int _findingCount;
    private Tcb? _begun;
    private bool _wasLive;
    private TcpState _state;
    private SendLimit _limit;
    private TimerDeadlines _deadlines;
    private long _missed;

    /// <summary>The observer; null when nobody looks.</summary>
    public IEngineObserver? Observer
    {
        get;
        set
        {
            field = value;
            _missed = value is null ? 0 : _missed;
        }
    }

    /// <summary>
    /// True when the observer takes an event. Otherwise the event is counted, as one that it misses, and need not be
    /// made.
    /// </summary>
    public bool TakesEvent()
    {
        if (Observer is not { } observer)
            return false;
        if (!observer.IsReady)
        {
            _missed++;
            return false;
        }

        ReportMissed();
        return true;
    }

    /// <summary>Tells an observer that is ready again how many events it has missed.</summary>
    public void ReportMissed()
    {
        if (_missed == 0 || Observer is not { IsReady: true } observer)
            return;
        observer.OnMissed(_missed);
        _missed = 0;
    }

    /// <summary>The time of the last call into the engine.</summary>
    public MonotonicTime Now { get; set; }

    /// <summary>A connection is going to be handled: records what <see cref="End"/> compares.</summary>
    public void Begin(Tcb tcb)
    {
        if (Observer is null)
            return;
        _begun = tcb;
        _wasLive = tcb.IsLive;
        _state = tcb.ReportedState;
        _limit = tcb.Limit.Current;
        for (var i = 0; i < TimerCount; i++)
            _deadlines[i] = tcb.Timers[(TcbTimer)i];
    }

    /// <summary>A connection has been handled: reports what has changed.</summary>
    public void End(Tcb tcb)
    {
        if (Observer is null)
            return;
        FlushFindings(tcb);
        if (_begun != tcb)
            return;
        _begun = null;
        if (tcb.ReportedState != _state)
            Report(tcb, TraceEventKind.State, change: new StateChange(_state, tcb.ReportedState));
        if (_wasLive && !tcb.IsLive && tcb.ReportedState != TcpState.SynReceived)
        {
            Report(
                tcb, TraceEventKind.Connection,
                connection: new ConnectionChange(ConnectionChangeKind.Ended, tcb.Error));
            return;
        }

        ReportTimers(tcb);
        if (tcb.Limit.Current != _limit)
            Report(tcb, TraceEventKind.Limit);
    }

    /// <summary>
    /// A segment was sent or handled, and <see cref="TakesEvent"/> has said yes. The losses that it has shown follow
    /// it.
    /// </summary>
    public void OnSegment(Tcb? tcb, in SegmentObservation segment)
    {
        Observer!.OnEvent(new TraceEvent
        {
            Kind = TraceEventKind.Segment,
            Time = segment.Time,
            Tuple = segment.Tuple,
            Iss = segment.Iss,
            Irs = segment.Irs,
            Vitals = tcb is null ? null : VitalsOf(tcb),
            Segment = segment,
        });
        if (tcb is not null)
            FlushFindings(tcb);
    }

    /// <summary>Data was found to be lost. Reported behind its cause.</summary>
    public void OnLoss(in LossFinding finding)
    {
        if (Observer is not null && _findingCount < MaxFindings)
            _findings[_findingCount++] = finding;
    }

    /// <summary>A timer has expired.</summary>
    public void OnExpired(Tcb tcb, TcbTimer timer, MonotonicTime deadline)
    {
        if (Observer is null)
            return;
        Report(tcb, TraceEventKind.Timer, timer: new TimerChange(timer, TimerAction.Expired, deadline));
        if (_begun == tcb)
            _deadlines[(int)timer] = MonotonicTime.Never;
    }

    /// <summary>The application has called.</summary>
    public void OnCall(Tcb tcb, UserCall call, int bytes = 0)
    {
        if (TakesEvent())
            Observer!.OnEvent(Event(tcb, TraceEventKind.Call) with { Call = call, CallBytes = bytes });
    }

    /// <summary>A connection was opened.</summary>
    public void OnOpened(Tcb tcb, ConnectionChangeKind kind) => Report(
        tcb, TraceEventKind.Connection, connection: new ConnectionChange(kind, EngineError.None));

    private void ReportTimers(Tcb tcb)
    {
        for (var i = 0; i < TimerCount; i++)
        {
            var timer = (TcbTimer)i;
            var deadline = tcb.IsLive ? tcb.Timers[timer] : MonotonicTime.Never;
            if (deadline == _deadlines[i])
                continue;
            var action = deadline == MonotonicTime.Never ? TimerAction.Stopped : TimerAction.Set;
            Report(
                tcb, TraceEventKind.Timer,
                timer: new TimerChange(timer, action, action == TimerAction.Set ? deadline : _deadlines[i]));
        }
    }

    private void FlushFindings(Tcb tcb)
    {
        for (var i = 0; i < _findingCount; i++)
        {
            if (TakesEvent())
                Observer!.OnEvent(Event(tcb, TraceEventKind.Loss) with { Loss = _findings[i] });
        }

        _findingCount = 0;
    }

    private void Report(
        Tcb tcb, TraceEventKind kind, TimerChange timer = default, StateChange change = default,
        ConnectionChange connection = default)
    {
        if (TakesEvent())
            Observer!.OnEvent(Event(tcb, kind) with { Timer = timer, State = change, Connection = connection });
    }

    private TraceEvent Event(Tcb tcb, TraceEventKind kind) => new()
    {
        Kind = kind,
        Time = Now,
        Tuple = tcb.Tuple,
        Iss = tcb.Snd.Iss,
        Irs = IrsOf(tcb),
        Vitals = VitalsOf(tcb),
    };

    /// <summary>IRS; null before the peer's SYN.</summary>
    internal static SeqNum? IrsOf(Tcb tcb) =>
        tcb.State == TcpState.SynSent || (tcb.State == TcpState.Closed && tcb.Rcv.Nxt == tcb.Rcv.Irs)
            ? null
            : tcb.Rcv.Irs;

    private ConnectionVitals VitalsOf(Tcb tcb) => new()
    {
        State = tcb.ReportedState,
        SndUna = tcb.Snd.Una,
        SndNxt = tcb.Snd.Nxt,
        SndWnd = tcb.Snd.Wnd,
        RcvNxt = tcb.Rcv.Nxt,
        RcvWnd = tcb.Rcv.Wnd,
        Cwnd = tcb.CongestionWindow,
        Ssthresh = tcb.CongestionOrNull?.SlowStartThreshold ?? long.MaxValue,
        Pipe = tcb.Loss.Pipe,
        Sacked = tcb.Loss.Flight?.Board.Sacked ?? 0,
        Lost = tcb.Loss.Flight?.Board.Lost ?? 0,
        Srtt = tcb.Rtt.Srtt,
        RttVar = tcb.Rtt.RttVar,
        MinRtt = tcb.Rtt.MinRtt,
        Rto = tcb.Rtt.Rto(options),
        Backoff = tcb.Rtt.Backoff,
        Recovery = tcb.Loss.State,
        Limit = tcb.Limit.Current,
        Unsent = Math.Max(tcb.SendQueue.End - tcb.Snd.Nxt, 0),
        Unread = tcb.Rcv.Held,
        OutOfOrder = RangesOf(tcb),
        SndMss = tcb.Snd.Mss,
        SndScale = tcb.Snd.Scale,
        RcvScale = tcb.Rcv.Scale,
    };

    private static SackBlocks RangesOf(Tcb tcb)
    {
        SackBlocks blocks = default;
        if (tcb.OutOfOrder is not { } queue)
            return blocks;
        for (var i = 0; i < queue.RangeCount && blocks.TryAdd(new SackBlock(queue[i].Start, queue[i].End)); i++)
        {
            // TryAdd says when there are enough.
        }

        return blocks;
    }

    [InlineArray(MaxFindings)]
    private struct Findings
    {
        private LossFinding _first;
    }

    [InlineArray(TimerCount)]
    private struct TimerDeadlines
    {
        private MonotonicTime _first;
    }
}
