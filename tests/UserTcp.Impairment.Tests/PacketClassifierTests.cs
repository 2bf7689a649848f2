using UserTcp.Wire;

namespace UserTcp.Impairment.Tests;

/// <summary>The kinds of a packet, with what came before it in its connection.</summary>
public class PacketClassifierTests
{
    private const uint ClientIsn = uint.MaxValue - 1;
    private const uint ServerIsn = int.MaxValue;

    private readonly PacketClassifier _classifier = new();

    [Theory]
    [InlineData(TcpFlags.Syn, 0, PacketKind.Syn)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ece | TcpFlags.Cwr, 0, PacketKind.Syn)]
    [InlineData(TcpFlags.Syn, 10, PacketKind.Syn, PacketKind.Data)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, 0, PacketKind.SynAck)]
    [InlineData(TcpFlags.Ack, 0, PacketKind.Ack)]
    [InlineData(TcpFlags.Ack | TcpFlags.Psh, 1, PacketKind.Data)]
    [InlineData(TcpFlags.Ack | TcpFlags.Fin, 0, PacketKind.Fin)]
    [InlineData(TcpFlags.Ack | TcpFlags.Fin, 7, PacketKind.Fin, PacketKind.Data)]
    [InlineData(TcpFlags.Rst, 0, PacketKind.Rst)]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack, 0, PacketKind.Rst)]
    public void Flags_and_data_decide_most_kinds(TcpFlags flags, int data, params PacketKind[] kinds)
    {
        var facts = Send(flags, 5, data);

        Assert.Equal(
            kinds.Append(PacketKind.Any).Order(),
            Enum.GetValues<PacketKind>().Where(facts.IsOfKind).Order());
    }

    [Fact]
    public void A_packet_that_is_not_TCP_is_of_no_kind_but_any()
    {
        var facts = _classifier.Classify([1, 2, 3]);

        Assert.Equal([PacketKind.Any], Enum.GetValues<PacketKind>().Where(facts.IsOfKind));
    }

    [Fact]
    public void A_retransmission_begins_below_the_highest_sequence_number()
    {
        Assert.False(Send(TcpFlags.Syn, ClientIsn).IsRetransmission);
        Assert.True(Send(TcpFlags.Syn, ClientIsn).IsRetransmission);
        Assert.False(Send(TcpFlags.Ack, unchecked(ClientIsn + 1), 100).IsRetransmission);
        Assert.False(Send(TcpFlags.Ack, unchecked(ClientIsn + 101), 100).IsRetransmission);
        Assert.True(Send(TcpFlags.Ack, unchecked(ClientIsn + 1), 100).IsRetransmission);
        Assert.True(Send(TcpFlags.Ack, unchecked(ClientIsn + 150), 200).IsRetransmission);
        Assert.False(Send(TcpFlags.Ack, unchecked(ClientIsn + 350), 0).IsRetransmission);
        Assert.False(Send(TcpFlags.Ack | TcpFlags.Fin, unchecked(ClientIsn + 350)).IsRetransmission);
        Assert.True(Send(TcpFlags.Ack | TcpFlags.Fin, unchecked(ClientIsn + 350)).IsRetransmission);
    }

    [Fact]
    public void The_opposite_direction_has_sequence_numbers_of_its_own()
    {
        Send(TcpFlags.Ack, 1000, 500);

        Assert.False(Reply(TcpFlags.Ack, 10, 5).IsRetransmission);
        Assert.True(Reply(TcpFlags.Ack, 10, 5).IsRetransmission);
    }

    [Fact]
    public void Data_covers_sequence_numbers_relative_to_the_ISN_of_its_sender()
    {
        Send(TcpFlags.Syn, ClientIsn);
        Reply(TcpFlags.Syn | TcpFlags.Ack, ServerIsn);
        var first = Send(TcpFlags.Ack, unchecked(ClientIsn + 1), 1000);
        var second = Send(TcpFlags.Ack, unchecked(ClientIsn + 1001), 1000);
        var reply = Reply(TcpFlags.Ack, unchecked(ServerIsn + 1), 10);

        Assert.Equal((1u, 1001u, 1u), (first.RelativeSequence, second.RelativeSequence, reply.RelativeSequence));
        Assert.Equal([1u, 1000u], new uint[] { 1, 1000, 1001 }.Where(seq => first.IsOfKind(Covering(seq))));
        Assert.Equal([1001u], new uint[] { 1000, 1001, 2001 }.Where(seq => second.IsOfKind(Covering(seq))));
    }

    [Fact]
    public void Data_on_a_SYN_begins_behind_the_SYN() =>
        Assert.True(Send(TcpFlags.Syn, ClientIsn, 10).IsOfKind(Covering(1)));

    [Fact]
    public void Without_the_SYN_no_relative_sequence_number_is_known()
    {
        var facts = Send(TcpFlags.Ack, 1, 10);

        Assert.Null(facts.RelativeSequence);
        Assert.False(facts.IsOfKind(Covering(1)));
    }

    [Fact]
    public void An_ACK_of_the_FIN_has_the_number_behind_it()
    {
        Send(TcpFlags.Ack | TcpFlags.Fin, uint.MaxValue - 9, 9, ack: 50);

        Assert.False(Reply(TcpFlags.Ack, 50, ack: uint.MaxValue).IsAckOfFin);
        Assert.True(Reply(TcpFlags.Ack, 50, ack: 0).IsAckOfFin);
        Assert.True(Reply(TcpFlags.Ack | TcpFlags.Fin, 50, ack: 0).IsAckOfFin);
        Assert.False(Reply(TcpFlags.Ack | TcpFlags.Rst, 50, ack: 0).IsAckOfFin);
        Assert.False(Reply(TcpFlags.Rst, 50, ack: 0).IsAckOfFin);
        Assert.True(Send(TcpFlags.Ack, 0, ack: 51).IsAckOfFin);
        Assert.False(Send(TcpFlags.Ack, 0, ack: 50).IsAckOfFin);
    }

    [Fact]
    public void A_SYN_with_another_ISN_begins_a_new_connection()
    {
        var first = ConnectionOf(Frames.Segment(true, TcpFlags.Syn, 1000));
        Assert.Same(first, ConnectionOf(Frames.Segment(true, TcpFlags.Syn, 1000)));
        Assert.Same(first, ConnectionOf(Frames.Segment(false, TcpFlags.Syn | TcpFlags.Ack, 2000)));
        // A SYN cookie changes when time passes, and the connection does not.
        Assert.Same(first, ConnectionOf(Frames.Segment(false, TcpFlags.Syn | TcpFlags.Ack, 2001)));

        var second = ConnectionOf(Frames.Segment(true, TcpFlags.Syn, 1001));

        Assert.NotSame(first, second);
        Assert.Same(second, ConnectionOf(Frames.Segment(false, TcpFlags.Ack, 1)));
        Assert.NotSame(second, ConnectionOf(Frames.Segment(true, TcpFlags.Ack, 1, clientPort: 40_001)));
    }

    [Fact]
    public void Both_SYNs_of_a_simultaneous_open_are_of_one_connection() =>
        Assert.Same(
            ConnectionOf(Frames.Segment(true, TcpFlags.Syn, 1000)),
            ConnectionOf(Frames.Segment(false, TcpFlags.Syn, 2000)));

    private static PacketPattern Covering(uint sequence) => new() { Kind = PacketKind.Seq, Sequence = sequence };

    private PacketFacts Send(TcpFlags flags, uint seq, int data = 0, uint ack = 0) =>
        _classifier.Classify(Frames.Segment(true, flags, seq, data, ack));

    private PacketFacts Reply(TcpFlags flags, uint seq, int data = 0, uint ack = 0) =>
        _classifier.Classify(Frames.Segment(false, flags, seq, data, ack));

    private TrackedConnection ConnectionOf(byte[] frame)
    {
        _classifier.Classify(frame, out var connection);
        return connection!;
    }
}
