using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Tun;

/// <summary>
/// Cuts a frame of the kernel into its segments, one by one, as they would be on a wire: complete, with checksums.
/// </summary>
/// <param name="mtu">The MTU in bytes. A larger packet does not belong on this link.</param>
internal sealed class ArrivingCut(int mtu)
{
    private const int LargestFrame = 65_535;

    private int _length;
    private int _headerLength;
    private int _segmentSize;
    private int _done;
    private bool _isLeft;

    /// <summary>The memory for the next frame and the <see cref="VirtioHeader"/> before it.</summary>
    public byte[] Memory { get; } = new byte[VirtioHeader.Length + LargestFrame];

    private Span<byte> Frame => Memory.AsSpan(VirtioHeader.Length, _length);

    /// <summary>Records the length of a frame in <see cref="Memory"/>; false when it is invalid.</summary>
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

    /// <summary>Writes the next segment and returns its length; 0 when none is left.</summary>
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
