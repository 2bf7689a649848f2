using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>A timestamps option (RFC 7323 section 3.2).</summary>
/// <param name="Value">TSval.</param>
/// <param name="Echo">TSecr.</param>
public readonly record struct TcpTimestamps(uint Value, uint Echo);

/// <summary>The parsed options of a segment (RFC 9293 section 3.2, RFC 7323, RFC 2018).</summary>
public struct TcpOptions
{
    // NOP, NOP, timestamps, 10: the recommended layout of segments with timestamps (RFC 7323 appendix A).
    private const uint AlignedTimestamps = 0x0101_080A;
    private const int AlignedTimestampsLength = 12;

    private ushort? _maximumSegmentSize;
    private WindowScale? _windowScale;
    private bool _sackPermitted;
    private bool _malformed;
    private TcpTimestamps? _timestamps;
    private SackBlocks _sack;
    private FastOpenCookie _fastOpen;
    private ushort? _userTimeout;

    /// <summary>MSS in octets; null when absent or zero.</summary>
    public ushort? Mss
    {
        readonly get => _maximumSegmentSize;
        init => _maximumSegmentSize = value;
    }

    /// <summary>The window scale's shift count; null when absent.</summary>
    public WindowScale? WindowScale
    {
        readonly get => _windowScale;
        init => _windowScale = value;
    }

    /// <summary>The SACK-permitted option is present.</summary>
    public bool SackPermitted
    {
        readonly get => _sackPermitted;
        init => _sackPermitted = value;
    }

    /// <summary>The timestamps; null when absent.</summary>
    public TcpTimestamps? Timestamps
    {
        readonly get => _timestamps;
        init => _timestamps = value;
    }

    /// <summary>The SACK blocks.</summary>
    public SackBlocks Sack
    {
        readonly get => _sack;
        init => _sack = value;
    }

    /// <summary>The Fast Open option (RFC 7413 section 2).</summary>
    public FastOpenCookie FastOpen
    {
        readonly get => _fastOpen;
        init => _fastOpen = value;
    }

    /// <summary>
    /// The user timeout option on the wire: a granularity bit and a 15-bit value (RFC 5482 section 3); null when
    /// absent.
    /// </summary>
    public ushort? UserTimeout
    {
        readonly get => _userTimeout;
        init => _userTimeout = value;
    }

    /// <summary>An option had an invalid length: the options before it are here, the rest is not (MUST-7).</summary>
    public bool Malformed
    {
        readonly get => _malformed;
        init => _malformed = value;
    }

    /// <summary>
    /// Parses the options of a header. Each step consumes an octet or more, so parsing ends on any input (MUST-7).
    /// Unknown kinds are skipped by their length (MUST-6), at any alignment (MUST-64). Of two options of a kind the
    /// first counts.
    /// </summary>
    public static TcpOptions Parse(ReadOnlySpan<byte> options)
    {
        var summary = default(TcpOptions);
        if (options.Length >= AlignedTimestampsLength
            && BinaryPrimitives.ReadUInt32BigEndian(options) == AlignedTimestamps)
        {
            summary._timestamps = ReadTimestamps(options[4..]);
            options = options[AlignedTimestampsLength..];
        }

        summary._malformed = !summary.TryReadAll(options);
        return summary;
    }

    /// <summary>Reads all options; false at the first with an invalid length.</summary>
    private bool TryReadAll(ReadOnlySpan<byte> options)
    {
        while (!options.IsEmpty)
        {
            var kind = options[0];
            if (kind == TcpOptionKind.EndOfOptions)
                return true;
            if (kind == TcpOptionKind.NoOperation)
            {
                options = options[1..];
                continue;
            }

            if (options.Length < 2 || options[1] < 2 || options[1] > options.Length
                || !TryRead(kind, options[2..options[1]]))
            {
                return false;
            }

            options = options[options[1]..];
        }

        return true;
    }

    /// <summary>Reads one option's value; false when its length is invalid for its kind.</summary>
    private bool TryRead(byte kind, ReadOnlySpan<byte> value)
    {
        switch (kind)
        {
            case TcpOptionKind.MaximumSegmentSize when value.Length == TcpOptionKind.MaximumSegmentSizeLength - 2:
                var mss = BinaryPrimitives.ReadUInt16BigEndian(value);
                _maximumSegmentSize ??= mss == 0 ? null : mss;
                return true;
            case TcpOptionKind.WindowScale when value.Length == TcpOptionKind.WindowScaleLength - 2:
                _windowScale ??= Wire.WindowScale.FromWire(value[0]);
                return true;
            case TcpOptionKind.SackPermitted when value.IsEmpty:
                _sackPermitted = true;
                return true;
            case TcpOptionKind.Timestamps when value.Length == TcpOptionKind.TimestampsLength - 2:
                _timestamps ??= ReadTimestamps(value);
                return true;
            case TcpOptionKind.Sack when value.Length > 0 && value.Length % TcpOptionKind.SackBlockLength == 0:
                if (_sack.Count == 0)
                    ReadSack(value);
                return true;
            case TcpOptionKind.UserTimeout when value.Length == TcpOptionKind.UserTimeoutLength - 2:
                _userTimeout ??= BinaryPrimitives.ReadUInt16BigEndian(value);
                return true;
            case TcpOptionKind.FastOpen:
                // RFC 7413 section 2: an option with another length is ignored.
                if (!_fastOpen.IsPresent)
                    _fastOpen = FastOpenCookie.Read(value);
                return true;
            default:
                return kind is not (TcpOptionKind.MaximumSegmentSize or TcpOptionKind.WindowScale
                    or TcpOptionKind.SackPermitted
                    or TcpOptionKind.Timestamps or TcpOptionKind.Sack);
        }
    }

    private static TcpTimestamps ReadTimestamps(ReadOnlySpan<byte> value) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt32BigEndian(value[4..]));

    private void ReadSack(ReadOnlySpan<byte> value)
    {
        for (; !value.IsEmpty; value = value[TcpOptionKind.SackBlockLength..])
        {
            _sack.TryAdd(new SackBlock(
                new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(value)),
                new SeqNum(BinaryPrimitives.ReadUInt32BigEndian(value[4..]))));
        }
    }
}
