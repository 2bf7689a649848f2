namespace UserTcp.Capture.Reading;

/// <summary>An interface of a pcapng section.</summary>
/// <param name="LinkType">The link type of its packets.</param>
/// <param name="SnapLength">The max captured length in bytes; 0 for no limit.</param>
/// <param name="Options">The options of its block.</param>
internal sealed record PcapngInterface(ushort LinkType, uint SnapLength, PcapngOptions Options)
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;
    private const int NanosecondDigits = 9;

    // Powers of ten up to this fit into 64 bits.
    private const int MaxDigits = 19;

    /// <summary>A time of a packet in nanoseconds since 1970. A time beyond the range is its end.</summary>
    public long ToNanoseconds(ulong units)
    {
        var digits = Options.Resolution & 0x7F;
        UInt128 time;
        if ((Options.Resolution & 0x80) != 0)
            time = ((UInt128)units * NanosecondsPerSecond) >> digits;
        else if (digits <= NanosecondDigits)
            time = (UInt128)units * Power(NanosecondDigits - digits);
        else
            time = digits - NanosecondDigits > MaxDigits ? 0 : units / Power(digits - NanosecondDigits);
        var whole = (Int128)time + ((Int128)Options.Offset * NanosecondsPerSecond);
        return (long)Int128.Clamp(whole, 0, long.MaxValue);
    }

    private static ulong Power(int digits)
    {
        var power = 1ul;
        while (digits-- > 0)
            power *= 10;
        return power;
    }
}
