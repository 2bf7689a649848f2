using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>
/// SRTT, RTTVAR and RTO against values computed by hand (RFC 6298 section 2), and Karn's algorithm (section 3).
/// </summary>
public class RttEstimatorTests
{
    private static readonly EngineOptions Options = new();

    private RttEstimator _rtt;

    [Fact, Trait("RFC", "6298 section 2.1")]
    public void Before_the_first_sample_the_RTO_is_one_second() => AssertRto(1000);

    [Fact, Trait("RFC", "6298 section 2.2")]
    public void The_first_sample_sets_SRTT_RTTVAR_and_RTO()
    {
        Measure(400);
        AssertState(srtt: 400, rttvar: 200, rto: 1200);
    }

    [Fact, Trait("RFC", "6298 section 2.3")]
    public void Later_samples_are_smoothed_with_RTTVAR_updated_first()
    {
        Measure(400);
        Measure(800); // RTTVAR = 3/4 * 200 + 1/4 * |400 - 800|, SRTT = 7/8 * 400 + 1/8 * 800
        AssertState(srtt: 450, rttvar: 250, rto: 1450);
        Measure(450);
        AssertState(srtt: 450, rttvar: 187.5, rto: 1200);
        Measure(50); // RTTVAR = 3/4 * 187.5 + 1/4 * 400, SRTT = 7/8 * 450 + 1/8 * 50
        AssertState(srtt: 400, rttvar: 240.625, rto: 1362.5);
    }

    [Fact, Trait("RFC", "6298 section 2.4")]
    public void The_RTO_has_a_minimum()
    {
        Measure(1);
        AssertState(srtt: 1, rttvar: 0.5, rto: 200);
    }

    [Fact, Trait("RFC", "6298 section 2.3")]
    public void A_steady_round_trip_leaves_the_granularity_above_SRTT()
    {
        for (var i = 0; i < 200; i++)
            Measure(1000);
        Assert.InRange(_rtt.Rto(Options).TotalMilliseconds, 1001, 1001.1);
    }

    [Fact, Trait("RFC", "6298 section 2.5"), Trait("RFC", "6298 section 5.5")]
    public void Each_timeout_doubles_the_RTO_up_to_the_maximum()
    {
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 64, 120, 120, 120 })
        {
            AssertRto(seconds * 1000);
            _rtt.BackOff(Options);
        }

        Measure(100);
        AssertRto(300);
    }

    [Fact]
    public void A_thousand_timeouts_do_not_overflow_the_RTO()
    {
        for (var i = 0; i < 1000; i++)
            _rtt.BackOff(Options);
        AssertRto(120_000);
    }

    [Fact, Trait("RFC", "6298 section 5.7")]
    public void After_a_lost_SYN_the_RTO_starts_at_three_seconds()
    {
        _rtt.BackOff(Options);
        _rtt.OnHandshakeRetransmitted();
        AssertRto(3000);
        Measure(100);
        AssertRto(300);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "6298 section 3"), Trait("RFC9293", "MUST-18")]
    [Trait("SynCookies", "never")]
    public void A_retransmitted_segment_gives_no_sample_and_the_backoff_stays(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send("ab");
        script.PassMilliseconds(100);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 3);
        var rtt = script.Connection.Rtt;
        Assert.InRange(rtt.Srtt.TotalMilliseconds, 1, 100);
        script.Send("cd");
        script.Drain();
        script.PassUntilSent(TimeSpan.FromSeconds(2));
        script.PassMilliseconds(150);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 5);
        Assert.Equal((rtt.Srtt, rtt.RttVar), (script.Connection.Rtt.Srtt, script.Connection.Rtt.RttVar));
        Assert.Equal(2 * rtt.Rto(Options), script.Connection.Rtt.Rto(Options));
        script.Send("ef");
        script.PassMilliseconds(50);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 7);
        Assert.Equal(rtt.Rto(Options), script.Connection.Rtt.Rto(Options));
    }

    private void Measure(double milliseconds) => _rtt.Measure(TimeSpan.FromMilliseconds(milliseconds));

    private void AssertState(double srtt, double rttvar, double rto)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(srtt), _rtt.Srtt);
        Assert.Equal(TimeSpan.FromMilliseconds(rttvar), _rtt.RttVar);
        AssertRto(rto);
    }

    private void AssertRto(double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), _rtt.Rto(Options));
}
