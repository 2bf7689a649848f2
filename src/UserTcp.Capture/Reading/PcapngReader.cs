using System.Buffers.Binary;
using System.Globalization;

namespace UserTcp.Capture.Reading;

/// <summary>
/// Reads pcapng files (draft-ietf-opsawg-pcapng): sections of blocks, each with its length at both ends. Blocks that
/// are not packets, sections or interfaces are skipped, decryption secrets among them.
/// </summary>
internal sealed class PcapngReader : CaptureReader
{
    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint InterfaceStatistics = 5;
    private const uint EnhancedPacket = 6;
    private const int Overhead = 12;
    private const int MaxInterfaces = 4096;
    private const int MaxLoose = 1 << 16;

    private readonly List<PcapngInterface> _interfaces = [];
    private bool _isBigEndian;
    private long _lastTime;

    public PcapngReader(ByteSource source)
        : base(source)
    {
    }

    /// <summary>The type of a section header, the same in both byte orders.</summary>
    public static bool IsSectionHeader(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) == SectionHeader;

    public override bool TryRead(out CapturedPacket packet)
    {
        packet = default;
        Loose.Clear();
        while (Error is null && TryStartBlock(out var type, out var length))
        {
            if (type is not (SectionHeader or InterfaceDescription or InterfaceStatistics or ObsoletePacket
                or SimplePacket or EnhancedPacket))
            {
                if (!Source.TrySkip(length))
                    return Fail("the file ends in a block");
                continue;
            }

            if (!TryTakeBlock(length, out var body))
                return false;
            var isPacket = false;
            var isRight = type switch
            {
                SectionHeader => TryBeginSection(body),
                InterfaceDescription => TryAddInterface(body),
                InterfaceStatistics => AddStatistics(body),
                _ => isPacket = TryReadPacket(type, body, out packet),
            };
            if (!isRight)
                return false;
            Source.Advance((int)length);
            if (isPacket)
                return true;
        }

        return false;
    }

    /// <summary>Reads the type and the length of the next block, and the byte order of a section.</summary>
    private bool TryStartBlock(out uint type, out uint length)
    {
        (type, length) = (0, 0);
        if (!Source.TryFill(Overhead))
            return Source.Buffered != 0 && Fail("the file ends in a block");
        var start = Source.Peek(Overhead);
        type = UInt32(start);
        if (IsSectionHeader(start))
        {
            type = SectionHeader;
            _isBigEndian = BinaryPrimitives.ReadUInt32BigEndian(start[8..]) == ByteOrderMagic;
            if (!_isBigEndian && UInt32(start[8..]) != ByteOrderMagic)
                return Fail("a section has no byte order");
        }

        length = UInt32(start[4..]);
        return (length >= Overhead && length % 4 == 0)
            || Fail(Say($"a block claims a length of {length} bytes"));
    }

    private bool TryTakeBlock(uint length, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (length > MaxBlock)
            return Fail(Say($"a block claims a length of {length} bytes"));
        if (!Source.TryFill((int)length))
            return Fail("the file ends in a block");
        var block = Source.Peek((int)length);
        if (UInt32(block[^4..]) != length)
            return Fail("the two lengths of a block differ");
        body = block[8..^4];
        return true;
    }

    private bool TryBeginSection(ReadOnlySpan<byte> body)
    {
        if (body.Length < 16)
            return Fail("a section header is too short");
        if (UInt16(body[4..]) != 1)
            return Fail(Say($"version {UInt16(body[4..])} of pcapng is unknown"));
        _interfaces.Clear();
        return true;
    }

    private bool TryAddInterface(ReadOnlySpan<byte> body)
    {
        if (body.Length < 8)
            return Fail("the description of an interface is too short");
        if (_interfaces.Count == MaxInterfaces)
            return Fail(Say($"a section has more than {MaxInterfaces} interfaces"));
        _interfaces.Add(new PcapngInterface(
            UInt16(body), UInt32(body[4..]), PcapngOptions.Read(body[8..], _isBigEndian, ofInterface: true)));
        return true;
    }

    /// <summary>Keeps the custom options, as many as there is room for.</summary>
    private bool AddStatistics(ReadOnlySpan<byte> body)
    {
        if (body.Length < 12)
            return Fail("the statistics of an interface are too short");
        var options = PcapngOptions.Read(body[12..], _isBigEndian, ofInterface: false);
        Loose.AddRange(options.Custom.Take(MaxLoose - Loose.Count));
        return true;
    }

    private bool TryReadPacket(uint type, ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        packet = default;
        if (type == SimplePacket)
            return TryReadSimple(body, out packet);
        if (body.Length < 20)
            return Fail("the block of a packet is too short");
        var index = type == EnhancedPacket ? UInt32(body) : UInt16(body);
        if (index >= _interfaces.Count)
            return Fail(Say($"a packet names interface {index}, which is not there"));
        var (captured, length) = (UInt32(body[12..]), UInt32(body[16..]));
        if (captured > body.Length - 20)
            return Fail(Say($"a packet claims {captured} captured bytes"));
        var padded = Math.Min(((int)captured + 3) & ~3, body.Length - 20);
        var options = PcapngOptions.Read(body[(20 + padded)..], _isBigEndian, ofInterface: false);
        var link = _interfaces[(int)index];
        _lastTime = link.ToNanoseconds(((ulong)UInt32(body[4..]) << 32) | UInt32(body[8..]));
        packet = Packet(link, body.Slice(20, (int)captured), length, options);
        return true;
    }

    /// <summary>A simple packet belongs to the first interface, and has no time.</summary>
    private bool TryReadSimple(ReadOnlySpan<byte> body, out CapturedPacket packet)
    {
        packet = default;
        if (body.Length < 4)
            return Fail("the block of a packet is too short");
        if (_interfaces.Count == 0)
            return Fail("a packet comes before the description of its interface");
        var link = _interfaces[0];
        var length = UInt32(body);
        var captured = Math.Min(length, (uint)(body.Length - 4));
        if (link.SnapLength > 0)
            captured = Math.Min(captured, link.SnapLength);
        packet = Packet(link, body.Slice(4, (int)captured), length, new PcapngOptions());
        return true;
    }

    private CapturedPacket Packet(PcapngInterface link, ReadOnlySpan<byte> bytes, uint length, PcapngOptions options) =>
        new()
        {
            Frame = ++Packets,
            Nanoseconds = _lastTime,
            LinkType = link.LinkType,
            Bytes = bytes,
            Length = (int)Math.Min(Math.Max(length, (uint)bytes.Length), int.MaxValue),
            IsOutbound = options.IsOutbound,
            Interface = link.Options.Name,
            Comments = options.Comments,
            CustomOptions = options.Custom,
        };

    private static string Say(FormattableString problem) => problem.ToString(CultureInfo.InvariantCulture);

    private uint UInt32(ReadOnlySpan<byte> bytes) => _isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
        : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private ushort UInt16(ReadOnlySpan<byte> bytes) => _isBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes)
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
