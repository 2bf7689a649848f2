namespace UserTcp.Connections;

/// <summary>The wait of a reader.</summary>
internal sealed class ReadWait(bool inlineContinuations) : SingleWait(inlineContinuations)
{
    /// <summary>Where a stream's read copies its data; empty for a pipe's.</summary>
    public Memory<byte> Destination { get; set; }
}
