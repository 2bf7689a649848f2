using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>The retransmission timer of a flight that is too short for three duplicate ACKs (RFC 7765).</summary>
[Trait("RFC", "7765 section 4")]
public class RtoRestartTests
{
    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_short_flight_subtracts_the_time_since_its_transmission(uint irs, uint iss)
    {
        var s = new SenderScript(iss, irs, sack: false, segments: 4);
        Assert.Equal("0 1 2 3", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(1);
        Assert.Equal(Rto(s) - 100, s.Script.PassUntilSent(TimeSpan.FromSeconds(1)).TotalMilliseconds, 2.0);
        Assert.Equal("1", s.Sent());
        Assert.Equal(1, s.Script.Count(Counter.RetransmissionTimeouts));
    }

    [Fact]
    public void A_flight_long_enough_for_duplicate_ACKs_has_the_full_RTO()
    {
        var s = new SenderScript(sack: false, segments: 5);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(1);
        Assert.Equal(Rto(s), s.Script.PassUntilSent(TimeSpan.FromSeconds(1)).TotalMilliseconds, 2.0);
    }

    [Fact]
    public void A_timer_that_would_have_expired_already_is_restarted_in_full()
    {
        var s = new SenderScript(sack: false, segments: 3);
        s.Sent();
        s.Script.PassMilliseconds(100);
        s.Ack(1);
        // After a timeout with a late ACK, the time since transmission exceeds the RTO: the timer restarts with the
        // full RTO.
        s.Script.PassUntilSent(TimeSpan.FromSeconds(1));
        Assert.Equal("1", s.Sent());
        s.Script.PassMilliseconds(100);
        s.Ack(2);
        s.Sent();
        var rto = Rto(s);
        Assert.Equal(rto, s.Script.PassUntilSent(TimeSpan.FromSeconds(2)).TotalMilliseconds, 2.0);
    }

    private static double Rto(SenderScript s) => s.Tcb.Rtt.Rto(new EngineOptions()).TotalMilliseconds;
}
