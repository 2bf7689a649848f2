using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Hosting;

/// <summary>
/// The latest states that the kernel has said of its ends, by the numbers of segments' events, for those who read the
/// events a moment later. Any thread.
/// </summary>
internal sealed class PeerStates
{
    /// <summary>States that are kept: a power of 2.</summary>
    private const int Length = 1 << 14;

    private readonly Lock _gate = new();
    private readonly (long Number, TcpState State)[] _latest = new (long, TcpState)[Length];
    private int _readers;

    /// <summary>True as long as somebody reads.</summary>
    public bool IsRead => Volatile.Read(ref _readers) > 0;

    /// <summary>Adds a reader, until the result is disposed.</summary>
    public IDisposable AddReader()
    {
        Interlocked.Increment(ref _readers);
        return new Reader(this);
    }

    /// <summary>The kernel had that state behind a segment.</summary>
    public void Record(long number, TcpState state)
    {
        lock (_gate)
            _latest[number & (Length - 1)] = (number, state);
    }

    /// <summary>
    /// The event with the state that the kernel has said. The sender of a segment that has arrived may have gone on
    /// meanwhile: there it only confirms.
    /// </summary>
    public ExplainedEvent Complete(ExplainedEvent explained)
    {
        if (explained.Event.Kind != TraceEventKind.Segment)
            return explained;
        (long Number, TcpState State) latest;
        lock (_gate)
            latest = _latest[explained.Event.Number & (Length - 1)];
        return latest.Number == explained.Event.Number
            && (explained.Event.Segment.Sent || latest.State == explained.PeerState)
            ? explained with { PeerState = latest.State, IsPeerStateRead = true }
            : explained;
    }

    private sealed class Reader(PeerStates states) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
                Interlocked.Decrement(ref states._readers);
        }
    }
}
