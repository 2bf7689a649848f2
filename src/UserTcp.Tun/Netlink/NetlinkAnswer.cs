using System.Runtime.InteropServices;

namespace UserTcp.Tun.Netlink;

/// <summary>A netlink message from the kernel: its type, and the content after the header.</summary>
internal readonly record struct NetlinkAnswer(ushort Type, ReadOnlyMemory<byte> Body)
{
    /// <summary>The type of an attribute has 14 bits; the others are flags.</summary>
    private const int AttributeTypeMask = 0x3FFF;

    /// <summary>The field at an offset.</summary>
    public T Field<T>(int offset)
        where T : unmanaged => MemoryMarshal.Read<T>(Body.Span[offset..]);

    /// <summary>The value of the first attribute of a type; empty when there is none.</summary>
    /// <param name="fixedLength">The bytes before the attributes, a multiple of four.</param>
    /// <param name="type">The attribute's type.</param>
    public ReadOnlySpan<byte> Attribute(int fixedLength, ushort type)
    {
        var left = Body.Span[fixedLength..];
        while (left.Length >= NetlinkMessage.AttributeHeaderLength)
        {
            int length = MemoryMarshal.Read<ushort>(left);
            if ((MemoryMarshal.Read<ushort>(left[2..]) & AttributeTypeMask) == type)
                return left[NetlinkMessage.AttributeHeaderLength..length];
            left = left[Math.Min(left.Length, NetlinkMessage.Align(length))..];
        }

        return [];
    }
}
