using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Output;

/// <summary>
/// One frame on its way to the device: headers in a span, data as slices of the application's blocks for a gather
/// write. It is valid until the next call into the engine.
/// </summary>
public readonly ref struct Emission
{
    internal Emission(ReadOnlySpan<byte> headers, DataSlice payload, int segmentSize = 0)
    {
        Headers = headers;
        Payload = payload;
        SegmentSize = segmentSize;
    }

    /// <summary>A whole frame in one piece, for devices that decorate another one and change its frames.</summary>
    public Emission(ReadOnlySpan<byte> frame)
        : this(frame, default)
    {
    }

    /// <summary>The IP and TCP (or ICMP) headers.</summary>
    public ReadOnlySpan<byte> Headers { get; }

    /// <summary>The data after the headers.</summary>
    public DataSlice Payload { get; }

    /// <summary>
    /// Bytes of data in each segment that the link cuts this frame into
    /// (<see cref="LinkProperties.SegmentationOffload"/>); 0 when it is one segment, or none.
    /// </summary>
    public int SegmentSize { get; }

    /// <summary>
    /// True when the frame is addressed to the host itself: it does not go to the link, but back into the engine, in a
    /// block that says so (<see cref="Block.IsLooped"/>).
    /// </summary>
    public bool IsLooped { get; init; }

    /// <summary>Bytes of the whole frame.</summary>
    public int Length => Headers.Length + Payload.Length;

    /// <summary>Copies the frame into one piece of memory and returns its length.</summary>
    public int CopyTo(Span<byte> destination)
    {
        Headers.CopyTo(destination);
        var written = Headers.Length;
        foreach (var piece in Payload)
        {
            piece.CopyTo(destination[written..]);
            written += piece.Length;
        }

        return written;
    }
}
