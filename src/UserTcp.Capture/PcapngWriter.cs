using System.Buffers.Binary;
using System.Text;

namespace UserTcp.Capture;

/// <summary>
/// Writes a pcapng file (draft-ietf-opsawg-pcapng) of raw IP packets of one interface, with nanosecond times and
/// directions. Every number is little-endian; every block is padded to 4 bytes and carries its length at both ends.
/// </summary>
public sealed class PcapngWriter : IDisposable
{
    private const uint SectionHeader = 0x0A0D0D0A;
    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const uint InterfaceDescription = 1;
    private const uint EnhancedPacket = 6;
    private const ushort LinkTypeRaw = 101;
    private const ushort OptionEnd = 0;
    private const ushort OptionInterfaceName = 2;
    private const ushort OptionPacketFlags = 2;
    private const ushort OptionOperatingSystem = 3;
    private const ushort OptionApplication = 4;
    private const ushort OptionTimeResolution = 9;
    private const int PacketOverhead = 28 + 8 + 4 + 4;

    private readonly Stream _stream;
    private readonly byte[] _block;
    private readonly int _snapLength;
    private int _length;

    /// <summary>
    /// Starts a file on a stream, which the writer owns. <paramref name="mtu"/> is the max length of a frame, in bytes.
    /// </summary>
    public PcapngWriter(Stream stream, string interfaceName, int mtu)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(interfaceName);
        _stream = stream;
        _snapLength = mtu;
        _block = new byte[Math.Max(mtu, Encoding.UTF8.GetMaxByteCount(interfaceName.Length)) + PacketOverhead + 512];
        WriteSectionHeader();
        WriteInterface(interfaceName, mtu);
    }

    /// <summary>Adds a frame.</summary>
    /// <param name="nanoseconds">The time, in nanoseconds since 1970 (UTC).</param>
    /// <param name="outbound">True for a frame that the stack sent.</param>
    /// <param name="frame">The IP packet; what exceeds the MTU is cut off.</param>
    public void Write(long nanoseconds, bool outbound, ReadOnlySpan<byte> frame) =>
        Write(nanoseconds, outbound, frame, frame.Length);

    /// <summary>Adds a frame of which only the first bytes are known.</summary>
    /// <param name="nanoseconds">The time, in nanoseconds since 1970 (UTC).</param>
    /// <param name="outbound">True for a frame that the stack sent.</param>
    /// <param name="frame">The first bytes of the IP packet; what exceeds the MTU is cut off.</param>
    /// <param name="length">Bytes of the whole packet.</param>
    public void Write(long nanoseconds, bool outbound, ReadOnlySpan<byte> frame, int length)
    {
        var captured = frame[..Math.Min(frame.Length, _snapLength)];
        Begin(EnhancedPacket);
        Put(0);
        Put((uint)((ulong)nanoseconds >> 32));
        Put((uint)nanoseconds);
        Put((uint)captured.Length);
        Put((uint)length);
        PutPadded(captured);
        Span<byte> flags = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(flags, outbound ? 2u : 1u);
        PutOption(OptionPacketFlags, flags);
        End();
    }

    /// <summary>Flushes everything written so far to the file.</summary>
    public void Flush() => _stream.Flush();

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private void WriteSectionHeader()
    {
        Begin(SectionHeader);
        Put(ByteOrderMagic);
        Put(1); // version 1.0
        Put(uint.MaxValue); // section length: not given
        Put(uint.MaxValue);
        PutOption(OptionOperatingSystem, Encoding.UTF8.GetBytes(Environment.OSVersion.VersionString));
        PutOption(OptionApplication, "UserTcp"u8);
        End();
    }

    private void WriteInterface(string name, int mtu)
    {
        Begin(InterfaceDescription);
        Put(LinkTypeRaw);
        Put((uint)mtu);
        PutOption(OptionInterfaceName, Encoding.UTF8.GetBytes(name));
        PutOption(OptionTimeResolution, [9]);
        End();
    }

    private void Begin(uint type)
    {
        _length = 0;
        Put(type);
        Put(0); // the length, known at the end
    }

    private void Put(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(_length), value);
        _length += sizeof(uint);
    }

    private void PutPadded(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_block.AsSpan(_length));
        var padded = (bytes.Length + 3) & ~3;
        _block.AsSpan(_length + bytes.Length, padded - bytes.Length).Clear();
        _length += padded;
    }

    private void PutOption(ushort code, ReadOnlySpan<byte> value)
    {
        Put(code | ((uint)value.Length << 16));
        PutPadded(value);
    }

    private void End()
    {
        Put(OptionEnd);
        var total = (uint)_length + sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(sizeof(uint)), total);
        Put(total);
        _stream.Write(_block.AsSpan(0, _length));
    }
}
