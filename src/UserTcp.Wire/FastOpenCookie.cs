using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// A Fast Open option (RFC 7413 section 2): a cookie of 4 to 16 octets, an even number. Without a cookie a SYN requests
/// one.
/// </summary>
public readonly record struct FastOpenCookie
{
    private const int MinLength = 4;
    private const int MaxLength = 16;

    private readonly ulong _first;
    private readonly ulong _last;
    private readonly byte _lengthAndOne;

    private FastOpenCookie(ulong first, ulong last, int length)
    {
        _first = first;
        _last = last;
        _lengthAndOne = (byte)(length + 1);
    }

    /// <summary>The option without a cookie.</summary>
    public static FastOpenCookie Request { get; } = new(0, 0, 0);

    /// <summary>The option is present.</summary>
    public bool IsPresent => _lengthAndOne > 0;

    /// <summary>The option is present and has a cookie.</summary>
    public bool HasCookie => _lengthAndOne > 1;

    /// <summary>The cookie length in octets.</summary>
    public int Length => Math.Max(_lengthAndOne - 1, 0);

    /// <summary>The option length in octets, padded to whole words.</summary>
    internal int PaddedLength => IsPresent ? (2 + Length + 3) / 4 * 4 : 0;

    /// <summary>A cookie of eight octets.</summary>
    public static FastOpenCookie Of(ulong cookie) => new(cookie, 0, sizeof(ulong));

    /// <summary>Parses the option's value; absent when the length is invalid for a cookie.</summary>
    public static FastOpenCookie Read(ReadOnlySpan<byte> value)
    {
        if (value.Length != 0 && (value.Length is < MinLength or > MaxLength || value.Length % 2 != 0))
            return default;
        Span<byte> octets = stackalloc byte[MaxLength];
        octets.Clear();
        value.CopyTo(octets);
        return new FastOpenCookie(
            BinaryPrimitives.ReadUInt64BigEndian(octets),
            BinaryPrimitives.ReadUInt64BigEndian(octets[8..]), value.Length);
    }

    internal void Write(Span<byte> destination)
    {
        Span<byte> octets = stackalloc byte[MaxLength];
        BinaryPrimitives.WriteUInt64BigEndian(octets, _first);
        BinaryPrimitives.WriteUInt64BigEndian(octets[8..], _last);
        octets[..Length].CopyTo(destination);
    }
}
