using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Soak.Sampling;

/// <summary>Counts the RSTs of the stacks: sent ones by reason, received ones by disposition.</summary>
internal sealed class ResetReasons : IEngineObserver
{
    private readonly long[] _sent = new long[byte.MaxValue + 1];
    private readonly long[] _received = new long[byte.MaxValue + 1];

    /// <summary>Called by several stacks on their threads.</summary>
    public void OnEvent(in TraceEvent traceEvent)
    {
        if (traceEvent.Kind != TraceEventKind.Segment)
            return;
        var observation = traceEvent.Segment;
        if ((observation.Header.Flags & TcpFlags.Rst) == 0)
            return;
        if (observation.Sent)
            Interlocked.Increment(ref _sent[(byte)observation.Reason]);
        else
            Interlocked.Increment(ref _received[(byte)observation.Disposition]);
    }

    public IReadOnlyDictionary<string, long> Counts()
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i <= byte.MaxValue; i++)
        {
            if (Interlocked.Read(ref _sent[i]) is > 0 and var sent)
                counts[$"sent {(SegmentReason)i}"] = sent;
            if (Interlocked.Read(ref _received[i]) is > 0 and var received)
                counts[$"received {(Disposition)i}"] = received;
        }

        return counts;
    }
}
