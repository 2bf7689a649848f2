using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Recording;

/// <summary>The bytes of an entry, in memory that is used again for the next one.</summary>
internal sealed class EntryWriter
{
    private const int MaxKept = 16 << 20;

    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>What was written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Begins again.</summary>
    public void Clear()
    {
        _length = 0;
        // An entry with much data should not keep its memory.
        if (_bytes.Length > MaxKept)
            _bytes = new byte[256];
    }

    /// <summary>Changes the first byte.</summary>
    public void SetFirst(byte value) => _bytes[0] = value;

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteBytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <summary>A length, and as many bytes.</summary>
    public void WriteBlob(ReadOnlySpan<byte> bytes)
    {
        WriteNumber((ulong)bytes.Length);
        WriteBytes(bytes);
    }

    /// <summary>Seven bits in each byte, lowest first; the top bit says that more follow.</summary>
    public void WriteNumber(ulong value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    /// <summary>A number that may be negative: small ones of either sign are short.</summary>
    public void WriteSigned(long value) => WriteNumber(unchecked((ulong)(value << 1) ^ (ulong)(value >> 63)));

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(sizeof(uint)), value);

    public void WriteAddress(IpAddress address)
    {
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(sizeof(ulong)), address.High);
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(sizeof(ulong)), address.Low);
    }

    public void WriteTuple(in FourTuple tuple)
    {
        WriteAddress(tuple.LocalAddress);
        WriteNumber(tuple.LocalPort.Value);
        WriteAddress(tuple.RemoteAddress);
        WriteNumber(tuple.RemotePort.Value);
    }

    private Span<byte> Reserve(int count)
    {
        if (_bytes.Length - _length < count)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        var reserved = _bytes.AsSpan(_length, count);
        _length += count;
        return reserved;
    }
}
