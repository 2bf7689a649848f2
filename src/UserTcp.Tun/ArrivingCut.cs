using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Tun;

/// <summary>
/// Hands out the segments of a frame that the kernel has not cut one by one, as they would be on a wire: complete, with checksums.
/// </summary>
/// <param name="mtu">Octets of the largest segment; larger ones are none of this link's.</param>
internal sealed class ArrivingCut(int mtu)
{
    private const int LargestFrame = 65_535;

    private int _length;
    private int _headerLength;
    private int _segmentSize;
    private int _done;
    private bool _isLeft;

    /// <summary>Where the next frame is read to, behind its <see cref="VirtioHeader"/>.</summary>
    public byte[] Memory { get; } = new byte[VirtioHeader.Length + LargestFrame];

    private Span<byte> Frame => Memory.AsSpan(VirtioHeader.Length, _length);

    /// <summary>Takes note of so many octets in <see cref="Memory"/>; false when they make no sense.</summary>
    public bool TryStart(int count)
    {
        _length = count - VirtioHeader.Length;
        _done = 0;
        _isLeft = false;
        if (_length <= 0)
            return false;
        _segmentSize = VirtioHeader.SegmentSize(Memory.AsSpan(0, count));
        return _isLeft = _segmentSize switch
        {
            > 0 => IsPlainTcp(Frame, out _headerLength) && _headerLength + _segmentSize <= mtu,
            0 => _length <= mtu && VirtioHeader.TryComplete(Memory, Frame),
            _ => false,
        };
    }

    /// <summary>Writes the next segment and returns its length; 0 when there is none left.</summary>
    public int Next(Span<byte> destination)
    {
        if (!_isLeft)
            return 0;
        if (_segmentSize == 0)
        {
            _isLeft = false;
            Frame.CopyTo(destination);
            return _length;
        }

        var cutter = new SegmentCutter(Frame, _headerLength, _segmentSize, _done);
        var length = cutter.Next(destination);
        _done = cutter.Done;
        _isLeft = _headerLength + _done < _length;
        return length;
    }

    /// <summary>True for a TCP segment with data behind an IP header without options or extensions.</summary>
    private static bool IsPlainTcp(ReadOnlySpan<byte> frame, out int headerLength)
    {
        headerLength = 0;
        var isIPv4 = frame[0] >> 4 == 4;
        var ipLength = isIPv4 ? IpHeader.IPv4Length : IpHeader.IPv6Length;
        if (frame.Length < ipLength + TcpHeader.MinLength || (isIPv4 && frame[0] != 0x45)
            || (IpProtocol)frame[isIPv4 ? 9 : 6] != IpProtocol.Tcp)
        {
            return false;
        }

        headerLength = ipLength + (frame[ipLength + 12] >> 4 << 2);
        return headerLength >= ipLength + TcpHeader.MinLength && headerLength < frame.Length;
    }
}
