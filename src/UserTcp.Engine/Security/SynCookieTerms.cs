using UserTcp.Wire;

namespace UserTcp.Engine.Security;

/// <summary>
/// What survives of a SYN's options in the low six bits of our TSval, which the peer's ACK echoes. Without timestamps on both sides there
/// is nothing to carry it, and only the MSS survives; Linux does the same.
/// <code>
///  5     4      3      0
/// | ECN | SACK | scale  |   scale 15: no window scale option
/// </code>
/// </summary>
internal readonly record struct SynCookieTerms
{
    private const uint Mask = 0x3F;
    private const uint Modulus = Mask + 1;
    private const byte ScaleMask = 0xF;
    private const byte NoScale = 0xF;
    private const byte SackBit = 0x10;
    private const byte EcnBit = 0x20;

    // Above the six bits: there are timestamps at all.
    private const byte TimestampsBit = 0x40;

    private SynCookieTerms(byte bits) => Bits = bits;

    /// <summary>The SYN's options, for a connection that uses timestamps.</summary>
    public SynCookieTerms(WindowScale? scale, bool sack, bool ecn) =>
        Bits = (byte)(TimestampsBit | (scale is { } s ? s.Shift : NoScale) | (sack ? SackBit : 0) | (ecn ? EcnBit : 0));

    /// <summary>No timestamps, and none of the rest.</summary>
    public static SynCookieTerms None { get; } = new(NoScale);

    /// <summary>Seven bits that say all of it, for the MAC.</summary>
    public byte Bits { get; }

    public bool HasTimestamps => (Bits & TimestampsBit) != 0;

    /// <summary>The peer's window scale; null when its SYN has none.</summary>
    public WindowScale? Scale => (Bits & ScaleMask) == NoScale ? null : WindowScale.FromWire((byte)(Bits & ScaleMask));

    /// <summary>Both ends permit SACK.</summary>
    public bool Sack => (Bits & SackBit) != 0;

    /// <summary>The peer asks for ECN, and we agree.</summary>
    public bool Ecn => (Bits & EcnBit) != 0;

    /// <summary>The terms in an echo of our TSval.</summary>
    public static SynCookieTerms FromEcho(uint echo) => new((byte)(TimestampsBit | (echo & Mask)));

    /// <summary>The TSval that carries them: at most 63 ms before our clock and never after it, so that the connection's next one is no older.</summary>
    public uint Stamp(uint clock)
    {
        var value = (clock & ~Mask) | (Bits & Mask);
        return (value & Mask) > (clock & Mask) ? unchecked(value - Modulus) : value;
    }
}
