using System.Buffers.Binary;
using System.Text;

namespace UserTcp.Capture.Reading;

/// <summary>The options of a pcapng block that matter here (draft-ietf-opsawg-pcapng section 3.5).</summary>
internal sealed class PcapngOptions
{
    private const int Comment = 1;
    private const int InterfaceName = 2;
    private const int PacketFlags = 2;
    private const int TimeResolution = 9;
    private const int TimeOffset = 14;

    private List<string>? _comments;
    private List<CustomOption>? _custom;

    public IReadOnlyList<string> Comments => _comments ?? (IReadOnlyList<string>)[];

    public IReadOnlyList<CustomOption> Custom => _custom ?? (IReadOnlyList<CustomOption>)[];

    /// <summary>if_name.</summary>
    public string? Name { get; private set; }

    /// <summary>if_tsresol: the top bit selects powers of two. Microseconds without it.</summary>
    public byte Resolution { get; private set; } = 6;

    /// <summary>if_tsoffset in seconds.</summary>
    public long Offset { get; private set; }

    /// <summary>The direction of epb_flags.</summary>
    public bool? IsOutbound { get; private set; }

    /// <summary>Reads options up to the end of the block or the first one that does not fit into it.</summary>
    public static PcapngOptions Read(ReadOnlySpan<byte> bytes, bool isBigEndian, bool ofInterface)
    {
        var options = new PcapngOptions();
        while (bytes.Length >= 4)
        {
            var code = UInt16(bytes, isBigEndian);
            var length = UInt16(bytes[2..], isBigEndian);
            bytes = bytes[4..];
            if (code == 0 || length > bytes.Length)
                break;
            var value = bytes[..length];
            if (code == Comment)
                (options._comments ??= []).Add(Encoding.UTF8.GetString(value));
            else if (code is 2988 or 2989 or 19372 or 19373)
                options.AddCustom(code, value, isBigEndian);
            else if (ofInterface)
                options.ReadOfInterface(code, value, isBigEndian);
            else if (code == PacketFlags && length == sizeof(uint))
                options.IsOutbound = DirectionOf(value[isBigEndian ? 3 : 0]);
            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }

        return options;
    }

    private void AddCustom(ushort code, ReadOnlySpan<byte> value, bool isBigEndian)
    {
        if (value.Length < sizeof(uint))
            return;
        var number = isBigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(value)
            : BinaryPrimitives.ReadUInt32LittleEndian(value);
        (_custom ??= []).Add(new CustomOption(code, number, value[sizeof(uint)..].ToArray()));
    }

    private void ReadOfInterface(ushort code, ReadOnlySpan<byte> value, bool isBigEndian)
    {
        switch (code)
        {
            case InterfaceName:
                Name = Encoding.UTF8.GetString(value);
                break;
            case TimeResolution when value.Length == 1:
                Resolution = value[0];
                break;
            case TimeOffset when value.Length == sizeof(long):
                Offset = isBigEndian
                    ? BinaryPrimitives.ReadInt64BigEndian(value)
                    : BinaryPrimitives.ReadInt64LittleEndian(value);
                break;
        }
    }

    private static bool? DirectionOf(byte flags) => (flags & 3) switch
    {
        1 => false,
        2 => true,
        _ => null,
    };

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool isBigEndian) => isBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes)
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
