using System.Net;

namespace UserTcp;

/// <summary>
/// A fault of the stack itself that reset one connection, or dropped one frame. Faults with the same exception type and
/// the same place in the code are one object, with the details of the first.
/// </summary>
public sealed class UserTcpFault
{
    private long _count = 1;

    internal UserTcpFault(
        string site, Exception exception, (IPEndPoint Local, IPEndPoint Remote)? connection, DateTimeOffset time,
        IReadOnlyList<RecordedFrame> frames)
    {
        Site = site;
        Exception = exception;
        LocalEndPoint = connection?.Local;
        RemoteEndPoint = connection?.Remote;
        Time = time;
        Frames = frames;
    }

    /// <summary>The method that threw, or its nearest caller in the stack's own code.</summary>
    public string Site { get; }

    /// <summary>The exception.</summary>
    public Exception Exception { get; }

    /// <summary>Our end of the connection that was reset; null when only a frame was dropped.</summary>
    public IPEndPoint? LocalEndPoint { get; }

    /// <summary>The peer's end of that connection; null when only a frame was dropped.</summary>
    public IPEndPoint? RemoteEndPoint { get; }

    /// <summary>When it happened for the first time.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>
    /// The last frames of that connection before the fault, oldest first, max 64; without a connection, the last frames
    /// of all. Empty when the flight recorder is off (<see cref="UserTcpStackOptions.FlightRecorderFrames"/>).
    /// </summary>
    public IReadOnlyList<RecordedFrame> Frames { get; }

    /// <summary>How often it has happened so far.</summary>
    public long Count => Interlocked.Read(ref _count);

    internal void CountAgain() => Interlocked.Increment(ref _count);
}
