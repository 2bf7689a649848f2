using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Wire;

namespace UserTcp.Faults;

/// <summary>
/// The headers of a loop's last frames in both directions, to find out what led to a fault. A ring of fixed size: a
/// frame needs two cache lines, and costs copying them. Loop's thread only.
/// </summary>
internal sealed class FlightRecorder(int capacity)
{
    /// <summary>Bytes of an entry: a prefix about the frame, and the frame's first bytes.</summary>
    public const int EntrySize = 128;

    /// <summary>Max bytes of a frame that are kept; the longest IPv6 and TCP headers are shorter.</summary>
    public const int SnapLength = EntrySize - PrefixSize;

    private const int PrefixSize = 16;

    private readonly byte[] _ring = GC.AllocateUninitializedArray<byte>(capacity * EntrySize, pinned: true);
    private long _count;

    /// <summary>
    /// Records a frame that has been read. <paramref name="memory"/> is the whole buffer, so that an entry is one copy
    /// of constant size.
    /// </summary>
    public void RecordInbound(ReadOnlySpan<byte> memory, int length, MonotonicTime now)
    {
        var entry = AppendEntry(length, Math.Min(length, SnapLength), isOutbound: false, now);
        if (memory.Length >= SnapLength)
            memory[..SnapLength].CopyTo(entry);
        else
            memory.CopyTo(entry);
    }

    /// <summary>Records the headers of a frame that is about to be written.</summary>
    public void RecordOutbound(in Emission frame, MonotonicTime now)
    {
        var headers = frame.Headers;
        if (headers.Length > SnapLength)
            headers = headers[..SnapLength];
        headers.CopyTo(AppendEntry(frame.Length, headers.Length, isOutbound: true, now));
    }

    /// <summary>The last frames of a connection, or of all connections, oldest first.</summary>
    /// <param name="tuple">The connection; null for all frames.</param>
    /// <param name="max">Max frames.</param>
    /// <param name="wallClock">The time of day at <paramref name="now"/>.</param>
    /// <param name="now">The time of the loop.</param>
    public IReadOnlyList<RecordedFrame> Find(FourTuple? tuple, int max, DateTimeOffset wallClock, MonotonicTime now)
    {
        var found = new List<RecordedFrame>();
        for (var number = _count - 1; number >= Math.Max(_count - capacity, 0) && found.Count < max; number--)
        {
            var entry = Entry(number);
            var prefix = MemoryMarshal.Read<Prefix>(entry);
            var frame = entry.Slice(PrefixSize, prefix.Captured);
            if (tuple is { } wanted && !IsOf(frame, prefix.IsOutbound != 0, wanted))
                continue;
            var time = wallClock - (now - new MonotonicTime(prefix.Ticks));
            found.Add(
                new RecordedFrame(time, prefix.IsOutbound != 0, prefix.Length, frame[..HeadersOf(frame)].ToArray()));
        }

        found.Reverse();
        return found;
    }

    private static bool IsOf(ReadOnlySpan<byte> frame, bool isOutbound, in FourTuple tuple)
    {
        if (!TryFindTcp(frame, out var start) || frame.Length < start + 4)
            return false;
        var (source, destination) = frame[0] >> 4 == 4
            ? (IpAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(frame[12..])), IpAddress.FromIPv4(
                BinaryPrimitives.ReadUInt32BigEndian(frame[16..])))
            : (IpAddress.ReadIPv6(frame.Slice(8, 16)), IpAddress.ReadIPv6(frame.Slice(24, 16)));
        var from = new Port(BinaryPrimitives.ReadUInt16BigEndian(frame[start..]));
        var to = new Port(BinaryPrimitives.ReadUInt16BigEndian(frame[(start + 2)..]));
        return tuple == (isOutbound
            ? new FourTuple(source, from, destination, to)
            : new FourTuple(destination, to, source, from));
    }

    /// <summary>Bytes up to the end of the TCP header. The application's data is private, and left out.</summary>
    private static int HeadersOf(ReadOnlySpan<byte> frame)
    {
        if (!TryFindTcp(frame, out var start) || frame.Length <= start + 12)
            return frame.Length;
        return Math.Min(start + Math.Max(frame[start + 12] >> 4 << 2, TcpHeader.MinLength), frame.Length);
    }

    /// <summary>Where the TCP header begins; false when the frame has none, or one behind extension headers.</summary>
    private static bool TryFindTcp(ReadOnlySpan<byte> frame, out int start)
    {
        start = 0;
        if (frame.Length < IpHeader.IPv4Length)
            return false;
        if (frame[0] >> 4 == 4)
        {
            start = (frame[0] & 0xF) << 2;
            return frame[9] == (byte)IpProtocol.Tcp && start >= IpHeader.IPv4Length;
        }

        start = IpHeader.IPv6Length;
        return frame[0] >> 4 == 6 && frame.Length >= start && frame[6] == (byte)IpProtocol.Tcp;
    }

    private Span<byte> AppendEntry(int length, int captured, bool isOutbound, MonotonicTime now)
    {
        var entry = Entry(_count++);
        MemoryMarshal.Write(entry, new Prefix(now.Ticks, length, (short)captured, isOutbound ? (short)1 : (short)0));
        return entry[PrefixSize..];
    }

    private Span<byte> Entry(long number) => _ring.AsSpan((int)(number % capacity) * EntrySize, EntrySize);

    [StructLayout(LayoutKind.Sequential, Size = PrefixSize)]
    private readonly record struct Prefix(long Ticks, int Length, short Captured, short IsOutbound);
}
