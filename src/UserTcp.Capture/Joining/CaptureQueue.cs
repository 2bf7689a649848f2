using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Joining;

/// <summary>
/// One queue of a capturing device, with what waits for its other half: a frame that was read and has no event yet, and
/// the event of a segment that is not written yet. A queue's thread reads a frame, handles its segment, and only then
/// reads or writes the next one. An event of a sent segment comes right before the write of its frame. So each waits
/// alone.
/// </summary>
/// <param name="sink">The file.</param>
internal sealed class CaptureQueue(CaptureSink sink)
{
    /// <summary>The file of this queue.</summary>
    public CaptureSink Sink => sink;

    /// <summary>The frame that was read last, while its event may come; null for none.</summary>
    public WaitingFrame? Read { get; set; }

    /// <summary>The last segment event before its frame is written; null for none.</summary>
    public SegmentEvent? Sent { get; set; }
}

/// <summary>The event of a segment.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Comment">Its sentence.</param>
/// <param name="Json">The event as JSON, in UTF-8.</param>
internal sealed record SegmentEvent(in SegmentObservation Segment, string Comment, byte[] Json)
{
    /// <summary>The event of a segment, explained.</summary>
    public static SegmentEvent Of(ExplainedEvent explained, byte[] json) =>
        new(explained.Event.Segment, explained.Say(), json);
}
