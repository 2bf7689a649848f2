using UserTcp.Capture.Inference;
using UserTcp.Capture.Pictures;
using UserTcp.Capture.Reading;
using UserTcp.Capture.Recorded;
using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>No bytes of a file make the readers or the inference throw, loop or hang.</summary>
public class HostileCaptureTests
{
    private const int Mutations = 3000;

    [Fact]
    public void Every_truncation_of_a_pcap_file_is_read_up_to_its_end()
    {
        var file = CaptureFile.Pcap(SmallTalk().Packets);

        for (var length = 0; length < file.Length; length++)
        {
            var (packets, error) = Walk(file[..length]);
            Assert.True(error is not null || packets > 0 || length == 24, $"{length} bytes");
            Assert.True(packets < SmallTalk().Packets.Count);
        }
    }

    [Fact]
    public void Every_truncation_of_a_pcapng_file_is_read_up_to_its_end()
    {
        var file = Pcapng(SmallTalk());

        for (var length = 0; length < file.Length; length++)
            Assert.True(Walk(file[..length]).Packets <= SmallTalk().Packets.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_mutations_are_explained_or_refused(int seed)
    {
        var random = new Random(seed);
        byte[][] files = [CaptureFile.Pcap(SmallTalk().Packets), Pcapng(SmallTalk())];
        for (var i = 0; i < Mutations; i++)
        {
            var file = files[i % 2].ToArray();
            for (var changes = random.Next(1, 12); changes > 0; changes--)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            Assert.True(Walk(file).Packets <= file.Length / 12);
        }
    }

    [Fact]
    public void Random_headers_of_one_conversation_are_explained()
    {
        var random = new Random(5);
        var talk = new Talk();
        for (var i = 0; i < 4000; i++)
        {
            var flags = (TcpFlags)random.Next(256);
            var (seq, ack) = ((uint)random.Next(-3000, 3000), (uint)random.Next(-3000, 3000));
            (uint, uint)[] sack = random.Next(4) == 0 ? [(ack + 10, ack + (uint)random.Next(-20, 2000))] : [];
            talk.ClientWindow = talk.ServerWindow = (ushort)(random.Next(3) * random.Next(3000));
            var at = random.Next(10) == 0 ? random.Next(1000) : 0.1;
            if (random.Next(2) == 0)
                talk.C(flags, seq, ack, random.Next(3) * 400, at, null, sack);
            else
                talk.S(flags, seq, ack, random.Next(3) * 400, at, null, sack);
        }

        Assert.Equal(4000, Walk(CaptureFile.Pcap(talk.Packets)).Packets);
    }

    [Fact]
    public void Segments_beyond_the_limit_are_counted_and_not_kept()
    {
        var conversations = new CapturedConversations(maxSegments: 2);
        var reader = CaptureReader.Open(new MemoryStream(CaptureFile.Pcap(new Talk().Open().Packets)));
        while (reader.TryRead(out var packet))
            conversations.Add(packet);

        Assert.Equal(2, Assert.Single(conversations.All).SegmentCount);
        Assert.Equal(1, conversations.OmittedSegments);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mutations_of_a_stacks_own_capture_are_explained_or_refused(int seed)
    {
        var random = new Random(seed);
        var original = Recorded.RecordedStories.File("loss");
        for (var i = 0; i < 100; i++)
        {
            var file = original.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                // Digits and letters: the JSON stays JSON.
                var at = random.Next(file.Length);
                if (char.IsAsciiLetterOrDigit((char)file[at]))
                    file[at] = (byte)"0123456789aZ-#"[random.Next(14)];
            }

            WalkRecorded(file);
        }
    }

    /// <summary>Does all that the commands do with the events of a stack.</summary>
    private static void WalkRecorded(byte[] file)
    {
        var reader = CaptureReader.Open(new MemoryStream(file));
        var recorded = new RecordedEvents();
        while (reader.TryRead(out var packet))
        {
            recorded.Add(reader.StatisticsOptions);
            recorded.Add(packet);
        }

        recorded.Add(reader.StatisticsOptions);
        recorded.Complete();
        foreach (var conversation in recorded.Conversations)
        {
            Assert.All(conversation.Summarize(), phrase => Assert.NotEmpty(phrase.Say()));
            var lines = new EventLine(LineStyle.Plain with { AllEvents = true, Changes = true, Causes = true });
            Assert.All(conversation.Events, one => Assert.NotNull(lines.Format(one)));
            Assert.NotEmpty(LadderPicture.Draw(conversation.Events));
            Assert.NotEmpty(TimeSequencePicture.Draw(conversation.Events));
        }
    }

    /// <summary>Reads, summarizes and explains everything, for both ends.</summary>
    private static (long Packets, string? Error) Walk(byte[] file)
    {
        var reader = CaptureReader.Open(new MemoryStream(file));
        var conversations = new CapturedConversations();
        while (reader.TryRead(out var packet))
            conversations.Add(packet);
        foreach (var conversation in conversations.All)
        {
            Assert.All(conversation.Summarize().Phrases, phrase => Assert.NotEmpty(phrase.Say()));
            foreach (var end in Enum.GetValues<ConversationEnd>())
                Assert.All(conversation.Explain(end), captured => Assert.NotEmpty(captured.Explained.Say()));
        }

        return (reader.Packets, reader.Error);
    }

    private static Talk SmallTalk() => new Talk().Open().C(TcpFlags.Ack, 1, 1, 30).S(TcpFlags.Ack, 1, 31)
        .S(TcpFlags.Ack | TcpFlags.Fin, 1, 31, 9).C(TcpFlags.Ack | TcpFlags.Rst, 31, 11);

    private static byte[] Pcapng(Talk talk)
    {
        var file = new CaptureFile().Section().Interface(101, 0, (2, CaptureFile.Utf8("eth0")), (9, [9]));
        foreach (var (time, bytes) in talk.Packets)
            file.Enhanced(0, (ulong)time, bytes, null, (1, CaptureFile.Utf8("comment")));
        return file.ToArray();
    }
}
