using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>Reneging: a receiver that drops data that it has SACKed (RFC 2018 section 8).</summary>
public class RenegingTests
{
    [Theory]
    [InlineData(5000u)]
    [InlineData((1u << 31) - 2000)]
    [InlineData(uint.MaxValue - 2000)]
    [Trait("RFC", "2018 section 8")]
    public void After_a_timeout_an_ACK_up_to_a_SACKed_range_retransmits_it(uint iss)
    {
        foreach (var detection in Enum.GetValues<LossDetectionMethod>())
        {
            var s = new SenderScript(iss, segments: 4, detection: detection, roundTrip: 100);
            Assert.Equal("0 1 2 3", s.Sent());
            s.Script.PassMilliseconds(100);
            s.Ack(0, "2-4");
            while (s.Script.Count(Counter.RetransmissionTimeouts) == 0)
                s.Script.PassMilliseconds(1);
            s.Sent();
            Assert.Equal(RecoveryState.Timeout, s.Loss.State);

            // The receiver has dropped segments 2 and 3, which it had SACKed, and acknowledges only data below them.
            s.Script.PassMilliseconds(100);
            s.Ack(2);
            Assert.Equal("", s.Sent());
            Assert.Equal(s.Tcb.Rtt.Srtt / 2, s.Script.PassUntilSent(TimeSpan.FromSeconds(1)));
            Assert.Equal("2", s.Sent());
            Assert.Equal(0, s.Loss.Flight!.Board.Sacked);
            s.Ack(3);
            Assert.Equal("3", s.Sent());
            s.Ack(4);
            Assert.Equal(0, s.Tcb.Snd.FlightSize);
        }
    }

    [Fact]
    [Trait("RFC", "2018 section 8")]
    public void Without_a_timeout_an_ACK_up_to_a_SACKed_range_retransmits_it()
    {
        var s = new SenderScript(segments: 6, roundTrip: 100);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(1, "2-6");
        Assert.Equal("1", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(2);
        Assert.Equal("", s.Sent());
        Assert.Equal(s.Tcb.Rtt.Srtt / 2, s.Script.PassUntilSent(TimeSpan.FromSeconds(1)));
        Assert.Equal("2", s.Sent());
        s.Ack(6);
        Assert.Equal(0, s.Tcb.Snd.FlightSize);
    }

    [Fact]
    [Trait("RFC", "2018 section 8")]
    public void A_slow_receiver_draws_no_retransmission()
    {
        var s = new SenderScript(segments: 6, roundTrip: 100);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(1, "2-6");
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(2);
        s.Script.PassMilliseconds(20);
        s.Ack(6);
        Assert.Equal("", s.Sent());
        Assert.Equal(0, s.Tcb.Snd.FlightSize);
        s.Script.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(
            (1, 0), (s.Script.Count(Counter.SegmentsRetransmitted), s.Script.Count(Counter.RetransmissionTimeouts)));
    }

    [Fact]
    public void On_a_fast_path_the_reneging_delay_is_ten_milliseconds()
    {
        var s = new SenderScript(segments: 6, roundTrip: 1);
        s.Sent();
        s.Script.PassMilliseconds(1);
        s.Ack(1, "2-6");
        s.Script.PassMilliseconds(1);
        s.Sent();
        s.Ack(2);
        s.Sent();
        Assert.Equal(TimeSpan.FromMilliseconds(10), s.Script.PassUntilSent(TimeSpan.FromSeconds(1)));
        Assert.Equal("2", s.Sent());
    }

    [Fact]
    public void A_duplicate_ACK_is_no_sign_of_reneging()
    {
        var s = new SenderScript(segments: 6, roundTrip: 100);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(0, "0-2");
        var timer = s.Tcb.Timers[TcbTimer.Retransmission];
        s.Ack(0, "0-3");
        Assert.Equal(timer, s.Tcb.Timers[TcbTimer.Retransmission]);
    }
}
