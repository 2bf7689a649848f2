using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Recording;

/// <summary>
/// Reads the fields of an entry. Each read throws <see cref="InvalidDataException"/> where the bytes end.
/// </summary>
internal ref struct EntryReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>True when every byte was read.</summary>
    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>Bytes that are left.</summary>
    public readonly int Left => _rest.Length;

    public byte ReadByte() => ReadBytes(1)[0];

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count < 0 || count > _rest.Length)
            throw new InvalidDataException("an entry is shorter than its fields");
        var read = _rest[..count];
        _rest = _rest[count..];
        return read;
    }

    /// <summary>A length, and as many bytes.</summary>
    public ReadOnlySpan<byte> ReadBlob() => ReadBytes(ReadInt());

    public ulong ReadNumber()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new InvalidDataException("a number is longer than 64 bits");
    }

    /// <summary>A number from 0 to 2^31 - 1.</summary>
    public int ReadInt() => ReadNumber() is var value and <= int.MaxValue
        ? (int)value
        : throw new InvalidDataException("a number is beyond 2^31");

    public long ReadSigned()
    {
        var value = ReadNumber();
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    /// <summary>A value of an enumeration.</summary>
    public T ReadEnum<T>()
        where T : struct, Enum
    {
        var value = ReadInt();
        var converted = (T)Enum.ToObject(typeof(T), value);
        return Enum.IsDefined(converted)
            ? converted
            : throw new InvalidDataException($"{typeof(T).Name} has no {value}");
    }

    public bool ReadFlag() => ReadByte() switch
    {
        0 => false,
        1 => true,
        _ => throw new InvalidDataException("a flag is neither 0 nor 1"),
    };

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(sizeof(uint)));

    public IpAddress ReadAddress() => new(
        BinaryPrimitives.ReadUInt64BigEndian(ReadBytes(sizeof(ulong))),
        BinaryPrimitives.ReadUInt64BigEndian(ReadBytes(sizeof(ulong))));

    public Port ReadPort() => ReadNumber() is var port and <= ushort.MaxValue
        ? new Port((ushort)port)
        : throw new InvalidDataException("a port is beyond 65,535");

    public FourTuple ReadTuple()
    {
        var (address, port) = (ReadAddress(), ReadPort());
        return new FourTuple(address, port, ReadAddress(), ReadPort());
    }
}
