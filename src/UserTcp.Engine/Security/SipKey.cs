namespace UserTcp.Engine.Security;

/// <summary>A 128-bit key for <see cref="SipHash24"/>.</summary>
/// <param name="K0">The first eight octets, little-endian.</param>
/// <param name="K1">The last eight octets, little-endian.</param>
public readonly record struct SipKey(ulong K0, ulong K1);
