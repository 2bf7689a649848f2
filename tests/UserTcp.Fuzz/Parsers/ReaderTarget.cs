using System.Buffers.Binary;
using System.Text;
using UserTcp.Capture.Inference;
using UserTcp.Capture.Reading;
using UserTcp.Capture.Recorded;
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

    private static readonly string[] Events =
    [
        """
        {"n":1,"t":5,"kind":"seg","local":"1.2.3.4:5","peer":"1.2.3.4:6","iss":7,"irs":9,"state":"ESTABLISHED","dir":
        "out","flags":"PSH,ACK","seq":1,"ack":1,"window":5,"len":9,"win":500,"reason":"Data","reasons":[{"id":"Data",
        "bytes":"9","unit":"bytes"}],"vitals":{"una":1,"nxt":1,"rcvNxt":1,"srtt":100,"outOfOrder":"3-4"}}
        """,
        """
        {"n":2,"t":5,"kind":"timer","local":"1.2.3.4:5","peer":"1.2.3.4:6","timer":"Persist","action":"Set","deadline":
        7,"reasons":[{"id":"TimerSet","timer":"x","due":"y","parts":""}]}
        """,
        """{"n":3,"t":5,"kind":"gap","missed":3}""",
        """
        {"n":4,"t":5,"kind":"call","local":"1.2.3.4:5","peer":"1.2.3.4:6","call":"Send","bytes":7,"reasons":[{"id":
        "CallSend","bytes":"7","unit":"\u0062ytes"}],"changes":{"cwnd":["1","2"],"state":[null,"CLOSED"]}}
        """,
    ];

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

        if (isNg)
            PutEvent(file, dice);

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
        var recorded = new RecordedEvents();
        while (reader.TryRead(out var packet))
        {
            Require(packet.Length >= packet.Bytes.Length, "reader: length", $"Frame {packet.Frame}.");
            conversations.Add(packet);
            recorded.Add(reader.StatisticsOptions);
            recorded.Add(packet);
        }

        recorded.Add(reader.StatisticsOptions);

        Require(reader.Packets <= input.Length / MinPacket, "reader: count", $"{reader.Packets} packets.");
        foreach (var conversation in conversations.All)
            Explain(conversation);
        recorded.Complete();
        foreach (var conversation in recorded.Conversations)
        {
            Require(conversation.Summarize().Count > 0, "reader: recorded summary", "It is empty.");
            foreach (var explained in conversation.Events)
                Require(!explained.Say().Any(char.IsControl), "reader: control characters", explained.Say());
        }

        features.Hit(70, Features.Magnitude(conversations.All.Count));
        features.Hit(71, Features.Magnitude(recorded.Count));
        features.Add("conversations", conversations.All.Count);
        features.Add("events", recorded.Count);
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

    /// <summary>Interface statistics with an event in a custom option.</summary>
    private static void PutEvent(List<byte> file, Dice dice)
    {
        var json = Encoding.UTF8.GetBytes(Cut(Events[dice.Below(Events.Length)], dice));
        var value = (byte[])[.. "UserTcp\0"u8, .. json];
        var padded = (uint)(value.Length + 3) & ~3u;
        Put(file, [5, 32 + padded, 0, 0, 0, 2989 | ((uint)(value.Length + 4) << 16), 32473]);
        file.AddRange(value);
        file.AddRange(new byte[padded - value.Length]);
        Put(file, [32 + padded]);
    }

    /// <summary>The JSON, one in three times without a few characters.</summary>
    private static string Cut(string json, Dice dice)
    {
        if (dice.Below(3) != 0)
            return json;
        var at = dice.Below(json.Length);
        return json.Remove(at, Math.Min(1 + dice.Below(8), json.Length - at));
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
