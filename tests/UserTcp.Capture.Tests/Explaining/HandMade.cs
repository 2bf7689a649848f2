using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Explaining;

/// <summary>Events that no engine alone makes: those of the link and of a viewer's queue.</summary>
internal static class HandMade
{
    private static readonly FourTuple Tuple = new(
        IpAddress.From(System.Net.IPAddress.Parse("192.0.2.1")), new Port(80),
        IpAddress.From(System.Net.IPAddress.Parse("192.0.2.2")), new Port(40_000));

    /// <summary>A segment is sent, lost by the link, and retransmitted.</summary>
    public static IReadOnlyList<ExplainedEvent> LostFrame
    {
        get
        {
            var explainer = new EventExplainer();
            return
            [
                explainer.Explain(Sent(SegmentReason.Data)),
                explainer.Explain(Link(LinkVerdictKind.Lost)),
                explainer.Explain(Sent(SegmentReason.RetransmissionTimeout)),
            ];
        }
    }

    public static IEnumerable<ExplainedEvent> Events
    {
        get
        {
            foreach (var one in LostFrame)
                yield return one;
            var explainer = new EventExplainer();
            yield return explainer.Explain(Event(TraceEventKind.Gap) with { Missed = 7 });
            foreach (var kind in Enum.GetValues<LinkVerdictKind>())
                yield return explainer.Explain(Link(kind));
            foreach (var limit in Enum.GetValues<SendLimit>())
            {
                yield return explainer.Explain(
                    Event(TraceEventKind.Limit) with { Vitals = new ConnectionVitals { Limit = limit } });
            }
        }
    }

    private static TraceEvent Event(TraceEventKind kind) => new()
    {
        Kind = kind,
        Time = MonotonicTime.Zero,
        Tuple = Tuple,
    };

    private static TcpHeader Header =>
        new(Tuple.LocalPort, Tuple.RemotePort, new SeqNum(uint.MaxValue), new SeqNum(1), TcpFlags.Ack, 100);

    private static TraceEvent Sent(SegmentReason reason) => Event(TraceEventKind.Segment) with
    {
        Iss = new SeqNum(uint.MaxValue - 1),
        Segment = new SegmentObservation
        {
            Time = MonotonicTime.Zero,
            Sent = true,
            Tuple = Tuple,
            Header = Header,
            PayloadLength = 1000,
            Window = 100,
            Before = TcpState.Established,
            After = TcpState.Established,
            Reason = reason,
        },
    };

    private static TraceEvent Link(LinkVerdictKind kind) => Event(TraceEventKind.Link) with
    {
        Link = new LinkVerdict
        {
            Kind = kind,
            Outbound = true,
            Tuple = Tuple,
            Header = Header,
            PayloadLength = 1000,
        },
    };
}
