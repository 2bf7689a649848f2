using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Recording;
using UserTcp.Tests.Recording.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Tests.Recording;

/// <summary>A replay in which one loss has not happened.</summary>
public sealed class WithoutLossTests
{
    private static readonly FourTuple Tuple = new(
        IpAddress.From(DrivenPair.ClientAddress), new Port(40_000), IpAddress.From(DrivenPair.ServerAddress),
        new Port(80));

    [Fact]
    public void A_segment_of_ours_that_was_not_lost_is_not_retransmitted()
    {
        var record = Run("drop=data:3:from-stack,delay=5ms").ClientRecord;
        Assert.Contains(record.Events, IsRetransmission);
        var verdict = Verdict(record);

        var events = Replay(record, verdict.Number);

        Assert.DoesNotContain(events, IsRetransmission);
        Assert.DoesNotContain(events, one => one.Kind == TraceEventKind.Loss);
        var last = events.Last(one => one.Vitals is { State: >= TcpState.Established });
        Assert.Equal(last.Vitals!.Value.SndNxt, last.Vitals.Value.SndUna);
        // All is as recorded up to the loss.
        var before = (int)verdict.Number - 1;
        Assert.True(record.Events.Take(before).SequenceEqual(events.Take(before)));
        Assert.Equal(events.Select((_, index) => index + 1L), events.Select(one => one.Number));
    }

    [Fact]
    public void A_frame_of_the_peer_that_was_not_lost_arrives_when_it_would_have()
    {
        var record = Run("drop=data:2:to-stack,delay=5ms").ClientRecord;
        var verdict = Verdict(record);
        Assert.Contains(
            record.Events, one => (one.Segment.Meaning & SegmentMeaning.OutOfOrder) != 0);

        var events = Replay(record, verdict.Number);

        var arrived = events.First(one => one is { Kind: TraceEventKind.Segment, Segment.Sent: false }
            && one.Segment.Header.Seq == verdict.Link.Header.Seq);
        Assert.NotEqual(SegmentMeaning.None, arrived.Segment.Meaning & SegmentMeaning.InOrder);
        Assert.InRange(
            (arrived.Time - verdict.Time - verdict.Link.LinkDelay).TotalMilliseconds, 0, 1);
        Assert.DoesNotContain(events, one => (one.Segment.Meaning & SegmentMeaning.OutOfOrder) != 0);
    }

    [Fact]
    public void Only_a_loss_can_be_left_out()
    {
        var record = Run("dup=data:2:from-stack,delay=5ms").ClientRecord;
        using var replay = UserTcpReplay.Open(new MemoryStream(record.File.ToArray()));

        Assert.Throws<ArgumentException>(() => replay.Restart(without: 1));
        Assert.Throws<ArgumentException>(() => replay.Restart(Verdict(record).Number));
    }

    [Theory]
    [InlineData(1000u, 2000u, 2000u, "")]
    [InlineData(1000u, 2000u, 4000u, "2000-4000")]
    [InlineData(1000u, 2000u, 5000u, "4000-5000 2000-4000")]
    [InlineData(1000u, 2000u, 2000u, "3000-4000 5000-6000")]
    [InlineData(1000u, 2000u, 3000u, "2000-3000 5000-6000")]
    [InlineData(0xFFFF_FF00u, 0x100u, 0x200u, "256-512 1024-2048")]
    [Trait("RFC", "2018 section 4")]
    public void An_ACK_of_the_left_edge_moves_over_the_range_and_the_blocks_behind_it(
        uint left, uint right, uint expected, string blocks)
    {
        (uint Left, uint Right)[] sack =
        [
            .. blocks.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(block => block.Split('-')).Select(ends => (uint.Parse(ends[0]), uint.Parse(ends[1]))),
        ];
        var rewriter = new AckRewriter(Tuple, new SeqNum(left), new SeqNum(right));

        var frame = rewriter.Rewrite(Frame(left, sack))!;

        Assert.True(IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _));
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        Assert.True(segment.HasValidChecksum(packet.Source, packet.Destination));
        Assert.Equal(expected, segment.Ack.Value);
        var kept = segment.ParseOptions().Sack;
        Assert.Equal(
            sack.Where(block => new SeqNum(block.Right) > new SeqNum(expected)).Select(block => block.Left),
            Enumerable.Range(0, kept.Count).Select(index => kept[index].Left.Value));
        Assert.NotNull(segment.ParseOptions().Timestamps);
    }

    [Fact]
    public void Other_ACKs_stay_as_they_are()
    {
        var rewriter = new AckRewriter(Tuple, new SeqNum(1000), new SeqNum(2000));

        Assert.Null(rewriter.Rewrite(Frame(999, [])));
        Assert.Null(rewriter.Rewrite(Frame(1001, [])));
        Assert.Null(rewriter.Rewrite([1, 2, 3]));
        Assert.Null(new AckRewriter(Tuple with { LocalPort = new Port(1) }, new SeqNum(1000), new SeqNum(2000))
            .Rewrite(Frame(1000, [])));
    }

    private static DrivenPair Run(string impair) => DrivenPair.Run(
        new DrivenOptions { Impair = impair }, Conversations.ExchangeAsync);

    private static TraceEvent Verdict(RunRecord record) =>
        record.Events.First(one => one.Kind == TraceEventKind.Link);

    private static bool IsRetransmission(TraceEvent one) =>
        one is { Kind: TraceEventKind.Segment, Segment.Sent: true } && one.Segment.Reason is
            SegmentReason.FastRetransmit or SegmentReason.LostSegment or SegmentReason.RetransmissionTimeout
            or SegmentReason.TailLossProbe;

    private static List<TraceEvent> Replay(RunRecord record, long without)
    {
        using var replay = UserTcpReplay.Open(new MemoryStream(record.File.ToArray()));
        replay.Restart(without);
        var events = new List<TraceEvent>();
        while (replay.TryRead(out var traceEvent))
            events.Add(traceEvent);
        return events;
    }

    private static byte[] Frame(uint ack, (uint Left, uint Right)[] sack)
    {
        var options = new List<byte> { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2 };
        if (sack.Length > 0)
            options.AddRange([1, 1, 5, (byte)(2 + (8 * sack.Length))]);
        foreach (var (left, right) in sack)
        {
            options.AddRange(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(left)));
            options.AddRange(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(right)));
        }

        var frame = new byte[40 + options.Count];
        frame[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)frame.Length);
        (frame[8], frame[9]) = (64, (byte)IpProtocol.Tcp);
        Tuple.RemoteAddress.Write(frame.AsSpan(12));
        Tuple.LocalAddress.Write(frame.AsSpan(16));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(10), InternetChecksum.Compute(frame.AsSpan(0, 20)));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(20), Tuple.RemotePort.Value);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(22), Tuple.LocalPort.Value);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(28), ack);
        frame[32] = (byte)((20 + options.Count) / 4 << 4);
        frame[33] = (byte)TcpFlags.Ack;
        options.CopyTo(frame, 40);
        return frame;
    }
}
