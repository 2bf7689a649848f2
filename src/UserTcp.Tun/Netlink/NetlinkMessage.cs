using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UserTcp.Tun.Netlink;

/// <summary>
/// Builds a netlink message (netlink(7)). All fields are in host order:
/// <code>
///  0 length                 |
///  4 type      | 6 flags    |
///  8 sequence number        |
/// 12 sender's port          |
/// 16 a part that is fixed by type, then attributes: length, type, value, each padded to four bytes
/// </code>
/// </summary>
internal ref struct NetlinkMessage
{
    /// <summary>A length in bytes that is enough for each request of this project.</summary>
    public const int MaxLength = 128;

    /// <summary>The length of the header in bytes.</summary>
    public const int HeaderLength = 16;

    /// <summary>The length of an attribute's header in bytes.</summary>
    public const int AttributeHeaderLength = 4;

    private const ushort IsRequest = 0x001;

    private readonly Span<byte> _buffer;
    private int _length;

    public NetlinkMessage(Span<byte> buffer, ushort type, int flags)
    {
        _buffer = buffer;
        _buffer.Clear();
        _length = HeaderLength;
        MemoryMarshal.Write(_buffer[4..], type);
        MemoryMarshal.Write(_buffer[6..], (ushort)(IsRequest | flags));
    }

    /// <summary>Rounds a length up to a multiple of four.</summary>
    public static int Align(int length) => (length + 3) & ~3;

    /// <summary>Appends a field.</summary>
    public void Add<T>(T field)
        where T : unmanaged
    {
        MemoryMarshal.Write(_buffer[_length..], field);
        _length += Unsafe.SizeOf<T>();
    }

    /// <summary>Appends an attribute of four bytes.</summary>
    public void AddAttribute(ushort type, int value) =>
        AddAttribute(type, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in value)));

    /// <summary>Appends an attribute.</summary>
    public void AddAttribute(ushort type, scoped ReadOnlySpan<byte> value)
    {
        Add((ushort)(AttributeHeaderLength + value.Length));
        Add(type);
        value.CopyTo(_buffer[_length..]);
        _length += Align(value.Length);
    }

    /// <summary>The whole message.</summary>
    public readonly ReadOnlySpan<byte> Finish(uint sequence)
    {
        MemoryMarshal.Write(_buffer, _length);
        MemoryMarshal.Write(_buffer[8..], sequence);
        return _buffer[.._length];
    }
}
