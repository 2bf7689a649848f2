namespace UserTcp.Capture.Inference;

/// <summary>What later segments say of earlier ones. A first walk over a conversation collects it.</summary>
/// <param name="isLive">There is no second walk: nothing is collected.</param>
internal sealed class Hindsight(bool isLive = false)
{
    private readonly Dictionary<long, long> _spurious = [];

    /// <summary>Segments of one end only were captured.</summary>
    public bool IsOneWay { get; set; }

    /// <summary>The frames whose data a D-SACK reported as received before.</summary>
    public int SpuriousCount => _spurious.Count;

    /// <summary>A D-SACK in a frame says that a retransmission was not needed.</summary>
    public void AddSpurious(long frame, long reportedBy)
    {
        if (!isLive)
            _spurious.TryAdd(frame, reportedBy);
    }

    /// <summary>The frame of the D-SACK that reports the data of a frame; null when there is none.</summary>
    public long? FindReport(long frame) => _spurious.TryGetValue(frame, out var by) ? by : null;
}
