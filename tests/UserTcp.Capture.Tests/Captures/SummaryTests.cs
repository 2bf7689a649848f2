using UserTcp.Wire;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>What the summary of a conversation says.</summary>
public class SummaryTests
{
    private const string Client = "192.0.2.1:40000";
    private const string Server = "192.0.2.2:80";

    [Fact]
    public void A_closed_conversation_has_its_figures()
    {
        Assert.Equal(
            [
                $"{Client} retransmitted none of 1 data segments",
                $"{Server} retransmitted none of 1 data segments",
                $"closed: {Client} sent its FIN first, then {Server}",
                $"handshake RTT 30 ms: 20 ms to {Server} and 10 ms to {Client} from the capture point",
                $"RTT from the capture point to {Server}, delayed ACKs included: min 20 ms, median 20 ms, "
                    + "95th percentile 20 ms, samples: 3",
                $"RTT from the capture point to {Client}, delayed ACKs included: min 10 ms, median 10 ms, "
                    + "95th percentile 10 ms, samples: 3",
                $"{Client} sent 100 bytes in 1 segments, of which 100 were acknowledged in 51 ms: goodput 15.69 kbit/s",
                $"{Server} sent 50 bytes in 1 segments, of which 50 were acknowledged in 40 ms: goodput 10 kbit/s",
                $"{Client} offers MSS 1460, window scale 3, SACK",
                $"{Server} offers MSS 1460, window scale 3, SACK",
            ],
            Talks.Closed().Summary());
    }

    [Fact]
    public void Echoed_timestamps_measure_the_way_to_a_sender_RFC_7323_3()
    {
        // The first ACK of the handshake is late. Later ACKs release data after 10 ms.
        var talk = new Talk().C(TcpFlags.Syn, 0, 0, stamp: 1).S(TcpFlags.Syn | TcpFlags.Ack, 0, 1, at: 20, stamp: 100)
            .C(TcpFlags.Ack, 1, 1, at: 45, stamp: 2).C(TcpFlags.Ack, 1, 1, 1000, at: 0.1, stamp: 2)
            .C(TcpFlags.Ack, 1001, 1, 1000, at: 0.1, stamp: 2).S(TcpFlags.Ack, 1, 1001, at: 20, stamp: 110)
            .C(TcpFlags.Ack, 2001, 1, 1000, at: 10, stamp: 3).C(TcpFlags.Ack, 3001, 1, 1000, at: 0.1, stamp: 3)
            .S(TcpFlags.Ack, 1, 4001, at: 20, stamp: 120);
        // Nothing is in flight now: how long the application waits says nothing about the path.
        talk.C(TcpFlags.Ack, 4001, 1, 1000, at: 3000, stamp: 9).S(TcpFlags.Ack, 1, 5001, at: 20, stamp: 200);
        Assert.Contains(
            $"RTT from the capture point to {Client}, delayed ACKs included: min 10 ms, median 45 ms, "
                + "95th percentile 45 ms, samples: 2",
            talk.Summary());
    }

    [Fact]
    public void A_closed_window_comes_first_with_its_time() => Assert.Equal(
        $"the receive window of {Server} was closed for 1.44 s of 1.491 s: its application did not read",
        Talks.ZeroWindow().Summary()[0]);

    [Fact]
    public void Waiting_for_timeouts_limits() => Assert.Equal(
        $"{Client} waited for retransmission timeouts (RTO) for 3.5 s of 3.521 s", Talks.Storm().Summary()[0]);

    [Fact]
    public void A_full_window_limits() =>
        Assert.Contains(
            $"limited by the receive window of {Server}: no room for a full segment for",
            Talks.WindowFull().Summary()[0]);

    [Fact]
    public void An_application_that_writes_seldom_limits() => Assert.StartsWith(
        $"limited by the application of {Client}: nothing to send for 8.91 s of 9.2 s, 990 ms at a time",
        Talks.Idle().Summary()[0], StringComparison.Ordinal);

    [Fact]
    public void Retransmissions_are_counted_by_cause()
    {
        Assert.Contains(
            $"{Client} retransmitted 3 of 7 data segments (42.9 %): 2 in a recovery, 1 after a timeout of up to 1.2 s",
            Talks.Timeout().Summary());
        Assert.Contains(
            $"{Client} retransmitted 1 of 9 data segments (11.1 %): 1 after SACK", Talks.LostWithSack().Summary());
        Assert.Contains($"{Client} retransmitted without need: 1", Talks.Spurious().Summary());
    }

    [Theory]
    [InlineData(nameof(Talks.Refused), $"refused by {Server}: a RST answered the SYN")]
    [InlineData(nameof(Talks.Reset), $"reset by {Server} in ESTABLISHED")]
    [InlineData(nameof(Talks.ResetAfterFin), $"reset by {Server} in FIN-WAIT-2, after a FIN")]
    [InlineData(nameof(Talks.Unanswered), "no answer in the capture: SYNs sent: 3")]
    public void An_end_that_is_no_close_comes_first(string talk, string line) =>
        Assert.Equal(line, ((Talk)typeof(Talks).GetMethod(talk)!.Invoke(null, null)!).Summary()[0]);

    [Fact]
    public void A_conversation_may_outlast_its_capture()
    {
        Assert.Contains(
            $"half-closed when the capture ends: only {Client} has sent a FIN", Talks.HalfClosed().Summary());
        Assert.Contains("still open when the capture ends", Talks.Idle().Summary());
    }

    [Fact]
    public void Broken_rules_have_their_first_frame()
    {
        var summary = Talks.Rude().Summary();

        Assert.Contains($"{Client} leaves out the ACK bit: 1, first in frame 4", summary);
        Assert.Contains($"{Client} sends data beyond the window: 1, first in frame 12", summary);
        Assert.Contains($"{Client} moves the right edge of its window left: 1, first in frame 7", summary);
        Assert.Contains($"{Client} sends sequence numbers after its FIN: 1, first in frame 15", summary);
        Assert.Contains($"{Client} sends SACK, which the peer does not permit: 1, first in frame 8", summary);
        Assert.Contains($"{Client} leaves out the timestamps that both offered: 1, first in frame 5", summary);
    }

    [Fact]
    public void Good_conversations_break_no_rule() => Assert.DoesNotContain(
        new[] { Talks.Closed(), Talks.LostWithSack(), Talks.ZeroWindow(), Talks.Timeout(), Talks.FromTheMiddle(), }
            .SelectMany(talk => talk.Phrases()),
        phrase => phrase.Reason.Id.ToString().StartsWith("Rule", StringComparison.Ordinal));
}
