using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Capture.Joining;

/// <summary>A queue of a device whose frames a <see cref="CaptureRing"/> keeps.</summary>
internal sealed class RingDevice : ILinkDevice, IObservableLink
{
    private readonly CaptureRing _ring;
    private readonly ILinkDevice _inner;
    private readonly int _number;
    private readonly byte[] _frame;

    public RingDevice(CaptureRing ring, ILinkDevice inner)
        : this(ring, inner, 0)
    {
        Queues = [this, .. inner.Queues.Skip(1).Select((queue, index) => new RingDevice(ring, queue, index + 1))];
    }

    private RingDevice(CaptureRing ring, ILinkDevice inner, int number)
    {
        (_ring, _inner, _number) = (ring, inner, number);
        _frame = new byte[inner.Properties.MaxFrame];
        Queues = [this];
    }

    public string Name => _inner.Name;

    public LinkProperties Properties => _inner.Properties;

    public IReadOnlyList<ILinkDevice> Queues { get; }

    public ILinkObserver? LinkObserver
    {
        get => (_inner as IObservableLink)?.LinkObserver;
        set
        {
            if (_inner is IObservableLink link)
                link.LinkObserver = value;
        }
    }

    public int Read(Span<byte> buffer)
    {
        CaptureRing.Enter(_number);
        var count = _inner.Read(buffer);
        if (count > 0)
            _ring.Add(_number, isOutbound: false, buffer[..count], isTaken: true);
        return count;
    }

    public bool Write(in Emission frame)
    {
        CaptureRing.Enter(_number);
        var isTaken = _inner.Write(frame);
        if (_ring.IsReady && frame.Length <= _frame.Length)
            _ring.Add(_number, isOutbound: true, _frame.AsSpan(0, frame.CopyTo(_frame)), isTaken);
        return isTaken;
    }

    public void Wait(TimeSpan timeout) => _inner.Wait(timeout);

    public void Wake() => _inner.Wake();

    public void Dispose() => _inner.Dispose();
}

/// <summary>The ports of a frame.</summary>
internal static class FrameEnds
{
    private const int Ipv6Length = 40;

    /// <summary>The port of the stack's end of a TCP segment; null for another frame.</summary>
    public static int? LocalPortOf(ReadOnlySpan<byte> frame, bool isOutbound)
    {
        if (frame.Length < Ipv6Length)
            return null;
        var isIpv4 = frame[0] >> 4 == 4;
        var start = isIpv4 ? (frame[0] & 0x0F) * 4 : Ipv6Length;
        var isTcp = (isIpv4 ? frame[9] : frame[6]) == (byte)IpProtocol.Tcp;
        return isTcp && frame.Length >= start + TcpHeader.MinLength
            ? BinaryPrimitives.ReadUInt16BigEndian(frame[(isOutbound ? start : start + 2)..])
            : null;
    }
}
