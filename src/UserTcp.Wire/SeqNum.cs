namespace UserTcp.Wire;

/// <summary>
/// A sequence number: 32 bits, compared and subtracted modulo 2^32 (RFC 9293 section 3.4).
/// </summary>
/// <remarks>
/// There is no <see cref="IComparable{T}"/>: modular order is not transitive, so sorting by it has no meaning.
/// No operation throws, for any operands.
/// </remarks>
/// <param name="Value">The number on the wire.</param>
public readonly record struct SeqNum(uint Value)
{
    /// <summary>The sequence number <paramref name="octets"/> further on.</summary>
    public static SeqNum operator +(SeqNum seq, uint octets) => new(unchecked(seq.Value + octets));

    /// <summary>The sequence number <paramref name="octets"/> further on (or back, when negative).</summary>
    public static SeqNum operator +(SeqNum seq, int octets) => new(unchecked(seq.Value + (uint)octets));

    /// <summary>The sequence number <paramref name="octets"/> further back.</summary>
    public static SeqNum operator -(SeqNum seq, uint octets) => new(unchecked(seq.Value - octets));

    /// <summary>The sequence number <paramref name="octets"/> further back (or on, when negative).</summary>
    public static SeqNum operator -(SeqNum seq, int octets) => new(unchecked(seq.Value - (uint)octets));

    /// <summary>
    /// The signed distance in octets from <paramref name="right"/> to <paramref name="left"/>, in [-2^31, 2^31).
    /// </summary>
    public static int operator -(SeqNum left, SeqNum right) => unchecked((int)(left.Value - right.Value));

    /// <summary>True when <paramref name="left"/> lies before <paramref name="right"/> in sequence space.</summary>
    public static bool operator <(SeqNum left, SeqNum right) => left - right < 0;

    /// <summary>True when <paramref name="left"/> lies after <paramref name="right"/> in sequence space.</summary>
    public static bool operator >(SeqNum left, SeqNum right) => left - right > 0;

    /// <summary>True when <paramref name="left"/> does not lie after <paramref name="right"/>.</summary>
    public static bool operator <=(SeqNum left, SeqNum right) => left - right <= 0;

    /// <summary>True when <paramref name="left"/> does not lie before <paramref name="right"/>.</summary>
    public static bool operator >=(SeqNum left, SeqNum right) => left - right >= 0;

    /// <summary>The later of the two.</summary>
    public static SeqNum Max(SeqNum left, SeqNum right) => left > right ? left : right;

    /// <summary>The earlier of the two.</summary>
    public static SeqNum Min(SeqNum left, SeqNum right) => left < right ? left : right;

    /// <summary>
    /// True when this number is one of the <paramref name="length"/> numbers from <paramref name="first"/> on.
    /// </summary>
    public bool IsIn(SeqNum first, uint length) => unchecked(Value - first.Value) < length;

    /// <summary>The number in decimal, as packet tools print it.</summary>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
