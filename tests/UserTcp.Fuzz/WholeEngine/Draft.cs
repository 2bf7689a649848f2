using System.Buffers.Binary;
using UserTcp.Wire;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>A segment of the peer before encoding: every field may be made invalid.</summary>
internal sealed class Draft
{
    private readonly byte[] _options = new byte[40];

    /// <summary>The connection; the local side is the engine's.</summary>
    public FourTuple Tuple { get; set; }

    public uint Seq { get; set; }

    public uint Ack { get; set; }

    public TcpFlags Flags { get; set; }

    public ushort Window { get; set; }

    public ushort Urgent { get; set; }

    public int PayloadLength { get; set; }

    /// <summary>The offset of the first payload byte in the peer's stream; the SYN is at offset 0.</summary>
    public uint PayloadOffset { get; set; }

    public byte TrafficClass { get; set; }

    /// <summary>The data offset field; null for the correct value.</summary>
    public int? DataOffset { get; set; }

    /// <summary>Bytes truncated at the end without a change of the headers.</summary>
    public int Cut { get; set; }

    public bool HasBadChecksum { get; set; }

    public int OptionLength { get; private set; }

    public int OptionRoom => _options.Length - OptionLength;

    public void Begin(in FourTuple tuple, uint seq, uint ack, TcpFlags flags)
    {
        (Tuple, Seq, Ack, Flags) = (tuple, seq, ack, flags);
        (Window, Urgent, TrafficClass, Cut, DataOffset, HasBadChecksum) = (ushort.MaxValue, 0, 0, 0, null, false);
        (PayloadLength, PayloadOffset, OptionLength) = (0, 0, 0);
    }

    /// <summary>Appends a raw option; false when it does not fit.</summary>
    public bool TryAddOption(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > OptionRoom)
            return false;
        bytes.CopyTo(_options.AsSpan(OptionLength));
        OptionLength += bytes.Length;
        return true;
    }

    public void AddMss(ushort mss) => TryAddOption([2, 4, (byte)(mss >> 8), (byte)mss]);

    public void AddWindowScale(byte shift) => TryAddOption([1, 3, 3, shift]);

    public void AddSackPermitted() => TryAddOption([1, 1, 4, 2]);

    public void AddTimestamps(uint value, uint echo)
    {
        Span<byte> option = [1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(option[4..], value);
        BinaryPrimitives.WriteUInt32BigEndian(option[8..], echo);
        TryAddOption(option);
    }

    /// <summary>Appends a SACK option with as many blocks as fit.</summary>
    public void AddSack(ReadOnlySpan<(uint Left, uint Right)> blocks)
    {
        var count = Math.Min(blocks.Length, (OptionRoom - 4) / 8);
        if (count <= 0)
            return;
        Span<byte> option = stackalloc byte[4 + (count * 8)];
        (option[0], option[1], option[2], option[3]) = (1, 1, 5, (byte)(2 + (count * 8)));
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(option[(4 + (i * 8))..], blocks[i].Left);
            BinaryPrimitives.WriteUInt32BigEndian(option[(8 + (i * 8))..], blocks[i].Right);
        }

        TryAddOption(option);
    }

    /// <summary>Writes the IP packet and returns its length; the payload is truncated to fit.</summary>
    public int Write(Span<byte> destination, int maxFrame)
    {
        while (OptionLength % 4 != 0)
            _options[OptionLength++] = 0;
        var ip = IpHeader.LengthFor(Tuple.LocalAddress);
        var header = TcpHeader.MinLength + OptionLength;
        PayloadLength = Math.Clamp(PayloadLength, 0, Math.Max(Math.Min(maxFrame, 65_535) - ip - header, 0));
        IpHeader.Write(
            destination, Tuple.RemoteAddress, Tuple.LocalAddress, IpProtocol.Tcp,
            header + PayloadLength, 64, TrafficClass);
        var segment = destination.Slice(ip, header + PayloadLength);
        var fields = new TcpHeader(
            Tuple.RemotePort, Tuple.LocalPort, new SeqNum(Seq), new SeqNum(Ack), Flags, Window, Urgent);
        fields.Write(segment, default);
        segment[12] = (byte)((DataOffset ?? (header / 4)) << 4);
        _options.AsSpan(0, OptionLength).CopyTo(segment[TcpHeader.MinLength..]);
        Pattern.Fill(segment[header..], PayloadOffset);
        PutChecksum(segment, Tuple.RemoteAddress, Tuple.LocalAddress);
        if (HasBadChecksum)
            segment[16] ^= 0x40;
        return Math.Max(ip + header + PayloadLength - Cut, 1);
    }

    public static void PutChecksum(Span<byte> segment, IpAddress source, IpAddress destination)
    {
        TcpHeader.WriteChecksum(segment, 0);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(source, destination, IpProtocol.Tcp, segment.Length);
        sum.Add(segment);
        TcpHeader.WriteChecksum(segment, sum.Finish());
    }
}
