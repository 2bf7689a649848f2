using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>
/// A Fast Open option (RFC 7413 section 2): a cookie of 4 to 16 octets, an even number of them; or none, which in a SYN asks for one.
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

    /// <summary>The option is there.</summary>
    public bool IsPresent => _lengthAndOne > 0;

    /// <summary>The option is there and has a cookie.</summary>
    public bool HasCookie => _lengthAndOne > 1;

    /// <summary>Octets of the cookie.</summary>
    public int Length => Math.Max(_lengthAndOne - 1, 0);

    /// <summary>Octets of the option with the padding that makes whole words of it.</summary>
    internal int PaddedLength => IsPresent ? (2 + Length + 3) / 4 * 4 : 0;

    /// <summary>A cookie of eight octets.</summary>
    public static FastOpenCookie Of(ulong cookie) => new(cookie, 0, sizeof(ulong));

    /// <summary>Reads an option's value; one that is not present when no cookie has that length.</summary>
    public static FastOpenCookie Read(ReadOnlySpan<byte> value)
    {
        if (value.Length != 0 && (value.Length is < MinLength or > MaxLength || value.Length % 2 != 0))
            return default;
        Span<byte> octets = stackalloc byte[MaxLength];
        octets.Clear();
        value.CopyTo(octets);
        return new FastOpenCookie(BinaryPrimitives.ReadUInt64BigEndian(octets), BinaryPrimitives.ReadUInt64BigEndian(octets[8..]), value.Length);
    }

    internal void Write(Span<byte> destination)
    {
        Span<byte> octets = stackalloc byte[MaxLength];
        BinaryPrimitives.WriteUInt64BigEndian(octets, _first);
        BinaryPrimitives.WriteUInt64BigEndian(octets[8..], _last);
        octets[..Length].CopyTo(destination);
    }
}
