using System.Buffers;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Joining;

/// <summary>A frame that is not in the file yet: its event may come, or a frame before it waits.</summary>
internal sealed class WaitingFrame
{
    private readonly byte[] _bytes;
    private readonly int _length;

    public WaitingFrame(long nanoseconds, bool outbound, ReadOnlySpan<byte> frame)
    {
        (Nanoseconds, IsOutbound, _length) = (nanoseconds, outbound, frame.Length);
        _bytes = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(_bytes);
    }

    /// <summary>The time, in nanoseconds since 1970.</summary>
    public long Nanoseconds { get; }

    /// <summary>True for a frame that the stack sent.</summary>
    public bool IsOutbound { get; }

    /// <summary>The frame.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Its event, or an effect of it, may still come.</summary>
    public bool IsOpen { get; set; }

    /// <summary>An event has come, of this frame or of another segment: further ones are not of this frame.</summary>
    public bool IsJudged { get; set; }

    /// <summary>The event of the frame; null for none.</summary>
    public SegmentEvent? Event { get; set; }

    /// <summary>Returns the memory.</summary>
    public void Release() => ArrayPool<byte>.Shared.Return(_bytes);

    /// <summary>
    /// True when a frame is the segment of an event: its addresses, ports, numbers, flags, window, timestamps and
    /// length are those. Two frames that agree in all of them are the same segment, or a duplicate of it.
    /// </summary>
    public static bool IsFrameOf(ReadOnlySpan<byte> frame, in SegmentObservation segment)
    {
        const ushort RawIp = 101;
        var packet = new CapturedPacket { LinkType = RawIp, Bytes = frame, Length = frame.Length };
        if (SegmentParser.Parse(packet, out var captured, out var tuple, verifies: false) != PacketKind.Tcp)
            return false;
        return captured.IsOf(tuple, segment);
    }
}
