using UserTcp.Engine.Contract;

namespace UserTcp;

/// <summary>
/// A device that reports what it does to frames on purpose, such as an impaired link. A device that wraps another one
/// passes the observer on.
/// </summary>
public interface IObservableLink
{
    /// <summary>
    /// Gets each verdict, of all queues of the device; null for nobody, and then nothing is computed. Any thread may
    /// set it. A device whose inner device reports nothing ignores it and returns null.
    /// </summary>
    ILinkObserver? LinkObserver { get; set; }
}

/// <summary>Gets the verdicts of a link.</summary>
public interface ILinkObserver
{
    /// <summary>
    /// Called once for each thing that the link does to a frame, when the frame enters the link. The thread is that of
    /// the queue which carries the frame: with several queues the calls come from several threads. Must not throw.
    /// </summary>
    void OnVerdict(in LinkVerdict verdict);

    /// <summary>As <see cref="OnVerdict(in LinkVerdict)"/>, which it calls unless it is overridden.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="frame">The frame as it entered the link. It is the link's after the call.</param>
    void OnVerdict(in LinkVerdict verdict, ReadOnlySpan<byte> frame) => OnVerdict(in verdict);
}
