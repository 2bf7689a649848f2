using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>Explains connections, losses, timers, user calls, states and limits.</summary>
internal static class OtherEvents
{
    public static Explanation Explain(in TraceEvent traceEvent, Conversation conversation)
    {
        var isCause = traceEvent.Kind == TraceEventKind.Call
            || traceEvent is { Kind: TraceEventKind.Timer, Timer.Action: TimerAction.Expired };
        return new Explanation([Main(traceEvent, conversation)])
        {
            Because = isCause ? null : conversation.Cause,
            Of = traceEvent.Kind == TraceEventKind.Loss ? conversation.FindSent(traceEvent.Loss.From)?.Number : null,
        };
    }

    private static Phrase Main(in TraceEvent traceEvent, Conversation conversation) => traceEvent.Kind switch
    {
        TraceEventKind.Connection => OfConnection(traceEvent),
        TraceEventKind.Loss => OfLoss(traceEvent.Loss, conversation.Iss),
        TraceEventKind.Timer => OfTimer(traceEvent),
        TraceEventKind.Call => OfCall(traceEvent),
        TraceEventKind.State => new Phrase(
            ReasonId.StateChanged, ("from", SegmentLine.State(traceEvent.State.From)),
            ("to", SegmentLine.State(traceEvent.State.To))),
        _ => OfLimit(traceEvent.Vitals),
    };

    private static Phrase OfConnection(in TraceEvent traceEvent) => traceEvent.Connection.Kind switch
    {
        ConnectionChangeKind.ActiveOpen => new Phrase(ReasonId.OpenedActively, ("iss", Absolute(traceEvent.Iss))),
        ConnectionChangeKind.PassiveOpen => new Phrase(
            ReasonId.OpenedPassively, ("iss", Absolute(traceEvent.Iss)), ("irs", Absolute(traceEvent.Irs))),
        ConnectionChangeKind.CookieOpen => new Phrase(
            ReasonId.OpenedByCookie, ("iss", Absolute(traceEvent.Iss)), ("irs", Absolute(traceEvent.Irs))),
        _ => new Phrase(
            ReasonId.Ended,
            ("error", traceEvent.Connection.Error == EngineError.None ? "in order" : $"{traceEvent.Connection.Error}")),
    };

    private static string Absolute(SeqNum? number) =>
        number?.Value.ToString(CultureInfo.InvariantCulture) ?? "unknown";

    private static Phrase OfLoss(in LossFinding loss, SeqNum? iss)
    {
        var reason = loss.Rule switch
        {
            LossRule.Rack => ReasonId.LostByRack,
            LossRule.RackTimer => ReasonId.LostByRackTimer,
            LossRule.SackCount => ReasonId.LostBySackCount,
            LossRule.DuplicateAcks => ReasonId.LostByDuplicateAcks,
            LossRule.PartialAck => ReasonId.LostByPartialAck,
            LossRule.RetransmissionTimeout => ReasonId.LostByTimeout,
            LossRule.WindowReopened => ReasonId.LostByWindow,
            _ => ReasonId.LostByPathMtu,
        };
        return new Phrase(
            reason, ("range", Numbers.Range(loss.From, loss.End, iss)),
            ("delivered", Numbers.Relative(loss.DeliveredEnd, iss)),
            ("later", Numbers.Span(loss.SentLaterBy)), ("window", Numbers.Span(loss.ReorderingWindow)));
    }

    private static Phrase OfTimer(in TraceEvent traceEvent)
    {
        var timer = traceEvent.Timer;
        var usesRto = timer.Timer is TcbTimer.Retransmission or TcbTimer.Persist;
        var parts = usesRto && traceEvent.Vitals is { } vitals ? $": {Numbers.Rto(vitals)}" : "";
        (string, object) name = ("timer", TimerName(timer.Timer));
        return timer.Action switch
        {
            TimerAction.Set => new Phrase(
                ReasonId.TimerSet, name, ("due", Numbers.Span(timer.Deadline - traceEvent.Time)), ("parts", parts)),
            TimerAction.Expired => new Phrase(ReasonId.TimerExpired, name, ("parts", parts)),
            _ => new Phrase(ReasonId.TimerStopped, name),
        };
    }

    /// <summary>The name of a timer, as the RFCs write it.</summary>
    internal static string TimerName(TcbTimer timer) => timer switch
    {
        TcbTimer.Retransmission => "retransmission timer",
        TcbTimer.Persist => "persist timer",
        TcbTimer.DelayedAck => "delayed ACK timer",
        TcbTimer.KeepAlive => "keep-alive timer",
        TcbTimer.Reordering => "RACK reordering timer",
        TcbTimer.TailLossProbe => "probe timer (PTO)",
        TcbTimer.GiveUp => "give-up timer",
        TcbTimer.Pacing => "pacing timer",
        _ => "min progress timer",
    };

    private static Phrase OfCall(in TraceEvent traceEvent)
    {
        var reason = traceEvent.Call switch
        {
            UserCall.Open => ReasonId.CallOpen,
            UserCall.Send => ReasonId.CallSend,
            UserCall.Receive => ReasonId.CallReceive,
            UserCall.Shutdown => ReasonId.CallShutdown,
            UserCall.Close => ReasonId.CallClose,
            _ => ReasonId.CallAbort,
        };
        return new Phrase(
            reason, ("bytes", traceEvent.CallBytes), ("unit", Numbers.Unit(traceEvent.CallBytes)));
    }

    private static Phrase OfLimit(in ConnectionVitals? vitals) =>
        SendLimits.Of(vitals?.Limit, vitals?.SndWnd ?? 0u, vitals?.Cwnd ?? 0L);
}
