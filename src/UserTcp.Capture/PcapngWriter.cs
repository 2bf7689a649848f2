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
    private const uint InterfaceStatistics = 5;
    private const uint EnhancedPacket = 6;
    private const uint DecryptionSecrets = 10;
    private const uint TlsKeyLog = 0x544C534B;
    private const ushort LinkTypeRaw = 101;
    private const ushort OptionEnd = 0;
    private const ushort OptionComment = 1;
    private const ushort OptionInterfaceName = 2;
    private const ushort OptionPacketFlags = 2;
    private const ushort OptionOperatingSystem = 3;
    private const ushort OptionApplication = 4;
    private const ushort OptionTimeResolution = 9;
    private const ushort OptionReceived = 4;
    private const ushort OptionCustomBinary = 2989;
    private const int PacketOverhead = 28 + 8 + 4 + 4;

    private readonly Stream _stream;
    private readonly int _snapLength;
    private byte[] _block;
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
    public void Write(long nanoseconds, bool outbound, ReadOnlySpan<byte> frame, int length) =>
        Write(nanoseconds, outbound, frame, length, default);

    /// <summary>Adds a frame with a comment and events.</summary>
    /// <param name="nanoseconds">The time, in nanoseconds since 1970 (UTC).</param>
    /// <param name="outbound">True for a frame that the stack sent.</param>
    /// <param name="frame">The first bytes of the IP packet; what exceeds the MTU is cut off.</param>
    /// <param name="length">Bytes of the whole packet.</param>
    /// <param name="notes">The comment and the events. An event of more than 65,000 bytes is left out.</param>
    public void Write(long nanoseconds, bool outbound, ReadOnlySpan<byte> frame, int length, in PacketNotes notes)
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
        if (notes.Comment is { } comment)
            PutOption(OptionComment, Comment(comment));
        PutEvents(notes.Events);
        End();
    }

    /// <summary>
    /// Adds an interface statistics block. It takes events that no packet carries: Wireshark counts custom blocks as
    /// packets, but not this one.
    /// </summary>
    /// <param name="nanoseconds">The time, in nanoseconds since 1970 (UTC).</param>
    /// <param name="packets">The number of packets captured so far; null leaves the count out.</param>
    /// <param name="events">The events (<see cref="EventOption"/>).</param>
    public void WriteStatistics(long nanoseconds, long? packets, IReadOnlyList<ReadOnlyMemory<byte>> events)
    {
        Begin(InterfaceStatistics);
        Put(0);
        Put((uint)((ulong)nanoseconds >> 32));
        Put((uint)nanoseconds);
        if (packets is { } count)
        {
            Span<byte> value = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(value, count);
            PutOption(OptionReceived, value);
        }

        PutEvents(events);
        End();
    }

    /// <summary>
    /// Adds TLS keys as a decryption secrets block, with which Wireshark decrypts the packets behind it. Such a file is
    /// as secret as the keys.
    /// </summary>
    /// <param name="keyLog">Whole lines of a key log, in the format of SSLKEYLOGFILE.</param>
    public void WriteTlsKeys(ReadOnlySpan<byte> keyLog)
    {
        Begin(DecryptionSecrets);
        Put(TlsKeyLog);
        Put((uint)keyLog.Length);
        PutPadded(keyLog);
        End(hasOptions: false);
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

    private void PutEvents(IReadOnlyList<ReadOnlyMemory<byte>>? events)
    {
        foreach (var json in events ?? [])
        {
            if (json.Length > EventOption.MaxLength)
                continue;
            var prefix = EventOption.Prefix;
            var length = sizeof(uint) + prefix.Length + json.Length;
            Reserve(sizeof(uint) + length);
            Put(OptionCustomBinary | ((uint)length << 16));
            Put(EventOption.EnterpriseNumber);
            var at = _block.AsSpan(_length);
            prefix.CopyTo(at);
            json.Span.CopyTo(at[prefix.Length..]);
            _length += length - sizeof(uint);
            while (_length % sizeof(uint) != 0)
                _block[_length++] = 0;
        }
    }

    /// <summary>The bytes of a comment, cut between characters to what an option can hold.</summary>
    private static ReadOnlySpan<byte> Comment(string comment)
    {
        var bytes = Encoding.UTF8.GetBytes(comment);
        var length = Math.Min(bytes.Length, EventOption.MaxLength);
        while (length < bytes.Length && (bytes[length] & 0xC0) == 0x80)
            length--;
        return bytes.AsSpan(0, length);
    }

    /// <summary>Makes room for so many bytes, and what ends the block.</summary>
    private void Reserve(int bytes)
    {
        const int Rest = 32;
        if (_block.Length - _length < bytes + Rest)
            Array.Resize(ref _block, Math.Max(_block.Length * 2, _length + bytes + Rest));
    }

    private void Put(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(_length), value);
        _length += sizeof(uint);
    }

    private void PutPadded(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_block.AsSpan(_length));
        var padded = (bytes.Length + 3) & ~3;
        _block.AsSpan(_length + bytes.Length, padded - bytes.Length).Clear();
        _length += padded;
    }

    private void PutOption(ushort code, ReadOnlySpan<byte> value)
    {
        Reserve(sizeof(uint));
        Put(code | ((uint)value.Length << 16));
        PutPadded(value);
    }

    private void End(bool hasOptions = true)
    {
        if (hasOptions)
            Put(OptionEnd);
        var total = (uint)_length + sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(sizeof(uint)), total);
        Put(total);
        _stream.Write(_block.AsSpan(0, _length));
    }
}
