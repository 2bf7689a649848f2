using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Commands;

/// <summary>Judges a conversation of the demo by its recorded segments.</summary>
internal static class DemoJudgement
{
    /// <summary>
    /// True once both FINs are acknowledged, so the last ACK is recorded. The state alone does not say so: TIME-WAIT
    /// begins with the peer's FIN, and the ACK of that FIN is sent afterwards.
    /// </summary>
    public static bool HasLastAck(IReadOnlyList<SegmentObservation> segments) =>
        IsFinAcknowledged(segments, isOurs: true) && IsFinAcknowledged(segments, isOurs: false);

    /// <summary>The faults of a conversation over a link without loss; empty when there are none.</summary>
    /// <param name="segments">The recorded segments.</param>
    /// <param name="states">The states that our end has to visit.</param>
    /// <param name="received">How many bytes of the page the client received.</param>
    /// <param name="expected">The size of the page in bytes.</param>
    public static IEnumerable<string> FindFaults(
        IReadOnlyList<SegmentObservation> segments, IEnumerable<TcpState> states, int received, int expected)
    {
        if (received != expected)
            yield return $"the client received {received} of {expected} bytes";
        var visited = segments.Select(segment => segment.After).ToHashSet();
        foreach (var state in states.Where(state => !visited.Contains(state)))
            yield return $"our end was never in {SegmentLine.State(state)}";
        if (!HasLastAck(segments))
            yield return "the last ACK is not there";
        if (segments.Any(segment =>
            segment.Reason is SegmentReason.RetransmissionTimeout or SegmentReason.FastRetransmit))
        {
            yield return "a segment was retransmitted";
        }
    }

    /// <summary>The faults of the kernel's end, as the kernel has said its states; empty when there are none.</summary>
    /// <param name="events">The events of the conversation.</param>
    /// <param name="last">The state in which the kernel has to be at the end.</param>
    public static IEnumerable<string> FindKernelFaults(IReadOnlyList<ExplainedEvent> events, TcpState last)
    {
        var read = events.Where(one => one.IsPeerStateRead).Select(one => one.PeerState!.Value).ToArray();
        if (read.Length == 0)
            yield return "the kernel has not said its states";
        else if (read[^1] != last)
            yield return $"the kernel is in {SegmentLine.State(read[^1])} at the end, not in {SegmentLine.State(last)}";
    }

    /// <summary>Says which of the states on the right are the kernel's own word.</summary>
    public static string SayKernelStates(IReadOnlyList<ExplainedEvent> events)
    {
        var segments = events.Where(one => one.Event.Kind == TraceEventKind.Segment).ToArray();
        var said = segments.Count(one => one.IsPeerStateRead);
        return $"The kernel itself has said {said} of the {segments.Length} states on the right (sock_diag).";
    }

    private static bool IsFinAcknowledged(IReadOnlyList<SegmentObservation> segments, bool isOurs)
    {
        var fins =
            segments.Where(segment => segment.Sent == isOurs && segment.Header.Flags.HasFlag(TcpFlags.Fin)).ToArray();
        return fins is [.., var fin] && segments.Any(segment =>
            segment.Sent != isOurs && segment.Header.Flags.HasFlag(TcpFlags.Ack)
            && segment.Header.Ack > fin.Header.Seq);
    }
}
