using System.Globalization;

namespace UserTcp.Wire;

/// <summary>A TCP or UDP port, 0 to 65535.</summary>
/// <param name="Value">The number.</param>
public readonly record struct Port(ushort Value)
{
    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
