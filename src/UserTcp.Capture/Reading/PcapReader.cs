using System.Buffers.Binary;
using System.Globalization;

namespace UserTcp.Capture.Reading;

/// <summary>
/// Reads pcap files (draft-ietf-opsawg-pcap): a header of 24 bytes, then records of 16 bytes and a packet. The magic
/// number gives the byte order and the unit of times.
/// </summary>
internal sealed class PcapReader : CaptureReader
{
    private const uint Microseconds = 0xA1B2C3D4;
    private const uint Nanoseconds = 0xA1B23C4D;
    private const int HeaderLength = 24;
    private const int RecordLength = 16;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Format _format;
    private ushort _linkType;
    private bool _hasHeader;

    public PcapReader(ByteSource source, Format format)
        : base(source) => _format = format;

    /// <summary>The byte order, and the nanoseconds in a unit of time.</summary>
    internal readonly record struct Format(bool IsBigEndian, int Unit);

    /// <summary>The format that a magic number stands for; null for another file.</summary>
    public static Format? FormatOf(ReadOnlySpan<byte> magic) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(magic), BinaryPrimitives.ReadUInt32BigEndian(magic)) switch
        {
            (Microseconds, _) => new Format(false, 1000),
            (Nanoseconds, _) => new Format(false, 1),
            (_, Microseconds) => new Format(true, 1000),
            (_, Nanoseconds) => new Format(true, 1),
            _ => null,
        };

    public override bool TryRead(out CapturedPacket packet)
    {
        packet = default;
        if (Error is not null || (!_hasHeader && !TryReadHeader()))
            return false;
        if (!Source.TryFill(RecordLength))
            return Source.Buffered != 0 && Fail("the file ends in the header of a packet");
        var record = Source.Peek(RecordLength);
        var time = (UInt32(record) * NanosecondsPerSecond) + ((long)UInt32(record[4..]) * _format.Unit);
        var captured = UInt32(record[8..]);
        var length = UInt32(record[12..]);
        if (captured > MaxBlock)
            return Fail(string.Create(CultureInfo.InvariantCulture, $"a packet claims {captured} captured bytes"));
        if (!Source.TryFill(RecordLength + (int)captured))
            return Fail("the file ends in a packet");
        packet = new CapturedPacket
        {
            Frame = ++Packets,
            Nanoseconds = time,
            LinkType = _linkType,
            Bytes = Source.Peek(RecordLength + (int)captured)[RecordLength..],
            Length = (int)Math.Min(Math.Max(length, captured), int.MaxValue),
            Comments = [],
            CustomOptions = [],
        };
        Source.Advance(RecordLength + (int)captured);
        return true;
    }

    private bool TryReadHeader()
    {
        if (!Source.TryFill(HeaderLength))
            return Fail("the file ends in its header");
        // The upper bits may give the length of a frame check sequence.
        _linkType = (ushort)UInt32(Source.Peek(HeaderLength)[20..]);
        Source.Advance(HeaderLength);
        return _hasHeader = true;
    }

    private uint UInt32(ReadOnlySpan<byte> bytes) => _format.IsBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
        : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
