using System.Buffers.Binary;
using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;
using UserTcp.Fuzz.Running;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>
/// Capture files: what `usertcp explain` reads is bounded by the file, and every conversation in it has a summary and a
/// sentence for each segment, for both ends.
/// </summary>
internal sealed class ReaderTarget : FuzzTarget
{
    private const int MinPacket = 12;

    public override string Name => "reader";

    /// <summary>A file with a right head, so that the bytes behind it are looked at.</summary>
    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 14));
        var file = new List<byte>();
        var isNg = dice.Below(2) == 0;
        Put(
            file,
            isNg ? [0x0A0D0D0A, 28, 0x1A2B3C4D, 1, uint.MaxValue, uint.MaxValue, 28] : [0xA1B23C4D, 0, 0, 0, 0, 101]);
        if (isNg)
            Put(file, [1, 20, 101, 0, 20]);
        for (var packets = dice.Below(12); packets > 0; packets--)
        {
            var packet = Packet(dice);
            var length = (uint)packet.Length;
            var time = (uint)dice.Next();
            Put(file, isNg ? [6, length + 32, 0, 0, time, length, length] : [0, time, length, length]);
            file.AddRange(packet);
            if (isNg)
                Put(file, [length + 32]);
        }

        var bytes = file.ToArray();
        for (var changes = dice.Below(4); changes > 0; changes--)
            bytes[dice.Below(bytes.Length)] = (byte)dice.Next();
        return bytes;
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        using var stream = new MemoryStream(input.ToArray());
        var reader = CaptureReader.Open(stream);
        var conversations = new CapturedConversations();
        while (reader.TryRead(out var packet))
        {
            Require(packet.Length >= packet.Bytes.Length, "reader: length", $"Frame {packet.Frame}.");
            conversations.Add(packet);
        }

        Require(reader.Packets <= input.Length / MinPacket, "reader: count", $"{reader.Packets} packets.");
        foreach (var conversation in conversations.All)
            Explain(conversation);
        features.Hit(70, Features.Magnitude(conversations.All.Count));
        features.Add("conversations", conversations.All.Count);
        return (int)reader.Packets;
    }

    private static void Explain(CapturedConversation conversation)
    {
        Require(conversation.Summarize().Phrases.Count > 0, "reader: summary", "It is empty.");
        foreach (var end in Enum.GetValues<ConversationEnd>())
        {
            var count = conversation.Explain(end).Count(captured => captured.Explained.Say().Length > 0);
            Require(count == conversation.SegmentCount, "reader: segments", $"{count} sentences.");
        }
    }

    /// <summary>An IPv4 packet with a TCP header, from one of two hosts to the other.</summary>
    private static byte[] Packet(Dice dice)
    {
        var packet = new byte[40 + (dice.Below(3) * 100)];
        var isBack = dice.Below(2) == 0;
        packet[0] = 0x45;
        packet[9] = 6;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        (packet[15], packet[19]) = isBack ? ((byte)2, (byte)1) : ((byte)1, (byte)2);
        (packet[21], packet[23]) = isBack ? ((byte)2, (byte)1) : ((byte)1, (byte)2);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(24), (uint)dice.Below(1000));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(28), (uint)dice.Below(1000));
        packet[32] = 0x50;
        packet[33] = (byte)(dice.Below(4) == 0 ? dice.Next() : 0x10);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(34), (ushort)dice.Below(3000));
        return packet;
    }

    private static void Put(List<byte> file, ReadOnlySpan<uint> words)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
            file.AddRange(bytes);
        }
    }
}
