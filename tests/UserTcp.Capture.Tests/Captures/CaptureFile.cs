using System.Buffers.Binary;
using System.Text;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>Builds pcap and pcapng files byte by byte.</summary>
internal sealed class CaptureFile(bool isBigEndian = false)
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public Stream ToStream() => new MemoryStream(ToArray());

    public static byte[] Pcap(
        IEnumerable<(long Nanoseconds, byte[] Bytes)> packets, uint linkType = 101, bool isBigEndian = false,
        bool isNano = true, int cut = int.MaxValue)
    {
        var file = new CaptureFile(isBigEndian);
        file.Put32(isNano ? 0xA1B23C4D : 0xA1B2C3D4).Put16(2).Put16(4).Put32(0).Put32(0).Put32(65_535).Put32(linkType);
        foreach (var (time, bytes) in packets)
        {
            var captured = bytes[..Math.Min(bytes.Length, cut)];
            file.Put32((uint)(time / 1_000_000_000)).Put32((uint)(time % 1_000_000_000 / (isNano ? 1 : 1000)))
                .Put32((uint)captured.Length).Put32((uint)bytes.Length).Put(captured);
        }

        return file.ToArray();
    }

    public CaptureFile Put16(ushort value)
    {
        var bytes = new byte[2];
        if (isBigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return Put(bytes);
    }

    public CaptureFile Put32(uint value)
    {
        var bytes = new byte[4];
        if (isBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Put(bytes);
    }

    public CaptureFile Put(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A block of pcapng, padded, with its length at both ends.</summary>
    public CaptureFile Block(uint type, byte[] body)
    {
        var length = 12u + (uint)((body.Length + 3) & ~3);
        return Put32(type).Put32(length).Put(body).Put(new byte[length - 12 - body.Length]).Put32(length);
    }

    public CaptureFile Section() =>
        Block(0x0A0D0D0A, new CaptureFile(isBigEndian).Put32(0x1A2B3C4D).Put16(1).Put16(0).Put32(0xFFFF_FFFF)
            .Put32(0xFFFF_FFFF).ToArray());

    public CaptureFile Interface(ushort linkType, uint snapLength = 0, params (ushort Code, byte[] Value)[] options) =>
        Block(
            1,
            new CaptureFile(isBigEndian).Put16(linkType).Put16(0).Put32(snapLength).Put(Options(options)).ToArray());

    public CaptureFile Enhanced(
        uint link, ulong time, byte[] bytes, uint? length = null, params (ushort Code, byte[] Value)[] options)
    {
        var body = new CaptureFile(isBigEndian).Put32(link).Put32((uint)(time >> 32)).Put32((uint)time)
            .Put32((uint)bytes.Length).Put32(length ?? (uint)bytes.Length).Put(bytes)
            .Put(new byte[(4 - (bytes.Length & 3)) & 3]).Put(Options(options));
        return Block(6, body.ToArray());
    }

    public CaptureFile Simple(byte[] bytes, uint length) =>
        Block(3, new CaptureFile(isBigEndian).Put32(length).Put(bytes).ToArray());

    public byte[] UInt32(uint value) => new CaptureFile(isBigEndian).Put32(value).ToArray();

    private byte[] Options((ushort Code, byte[] Value)[] options)
    {
        var bytes = new CaptureFile(isBigEndian);
        foreach (var (code, value) in options)
        {
            bytes.Put16(code).Put16((ushort)value.Length).Put(value).Put(new byte[(4 - (value.Length & 3)) & 3]);
        }

        return options.Length == 0 ? [] : bytes.Put32(0).ToArray();
    }

    public static byte[] Utf8(string characters) => Encoding.UTF8.GetBytes(characters);
}
