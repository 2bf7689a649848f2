namespace UserTcp.Wire;

/// <summary>
/// A window scale shift count, 0 to 14 (RFC 7323 section 2.2). A larger one on the wire counts as 14 (section 2.3).
/// </summary>
public readonly record struct WindowScale
{
    /// <summary>The largest shift count allowed.</summary>
    public const int MaxShift = 14;

    /// <summary>No scaling.</summary>
    public static readonly WindowScale None;

    private WindowScale(byte shift) => Shift = shift;

    /// <summary>The shift count, 0 to 14.</summary>
    public byte Shift { get; }

    /// <summary>The shift count of a received option; above 14 it counts as 14.</summary>
    public static WindowScale FromWire(byte shift) => new(Math.Min(shift, (byte)MaxShift));

    /// <summary>
    /// The minimum shift with which a window of <paramref name="octets"/> octets fits into the 16-bit field.
    /// </summary>
    public static WindowScale ForWindow(uint octets)
    {
        byte shift = 0;
        while (shift < MaxShift && octets >> shift > ushort.MaxValue)
            shift++;
        return new WindowScale(shift);
    }

    /// <summary>The window in octets that a 16-bit window field stands for.</summary>
    public uint ToOctets(ushort field) => (uint)field << Shift;

    /// <summary>The 16-bit window field for a window in octets, rounded down and capped at 65535.</summary>
    public ushort ToField(uint octets) => (ushort)Math.Min(octets >> Shift, ushort.MaxValue);
}
