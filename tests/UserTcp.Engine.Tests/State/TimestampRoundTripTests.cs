using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>RTT samples from echoed timestamps (RFC 7323 section 4, appendix G).</summary>
[Trait("RFC", "7323 section 4.1")]
public class TimestampRoundTripTests
{
    private static readonly EngineOptions Options = new();

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    [Trait("RFC", "6298 section 3")]
    [Trait("SynCookies", "never")]
    public void A_retransmitted_segment_is_measured_by_the_echoed_copy(
        string family, uint iss, uint irs, uint ours, uint peer)
    {
        foreach (var isOfTheCopy in new[] { true, false })
        {
            var t = new TimestampScript(family, iss, irs, ours, peer).Accept();
            var s = t.Script;
            s.Send("data");
            var first = t.OurClock;
            t.Expect(TcpFlags.Ack, data: "data");
            s.PassUntilSent(TimeSpan.FromSeconds(5));
            var age = t.OurClock - first;
            t.Expect(TcpFlags.Ack, data: "data");
            // An ACK at once is of the original; a later one may be of the copy.
            s.PassMilliseconds(isOfTheCopy ? 100 : 0);
            t.Inject(TcpFlags.Ack, seq: 1, ack: 5, value: 2, echoAge: isOfTheCopy ? 100 : age);

            // The handshake's sample is zero, so SRTT is an eighth of this sample.
            Assert.Equal((isOfTheCopy ? 100 : age) / 8.0, Srtt(s), 2);
        }
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void A_retransmitted_SYN_ACK_is_measured()
    {
        var t = new TimestampScript();
        var s = t.Script;
        s.Listen();
        t.Inject(TcpFlags.Syn, seq: 0, value: 0);
        t.Expect(TcpFlags.Syn | TcpFlags.Ack, echo: 0);
        s.PassUntilSent(TimeSpan.FromSeconds(5));
        t.Expect(TcpFlags.Syn | TcpFlags.Ack, echo: 0);
        s.PassMilliseconds(70);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 1, echoAge: 70);
        s.AcceptWaiting();
        Assert.Equal(70, Srtt(s), 2);
        Assert.Equal(TimeSpan.FromMilliseconds(210), s.Engine.GetSnapshot(s.Connection).Rto);
    }

    [Fact]
    public void A_retransmitted_SYN_is_measured()
    {
        var t = new TimestampScript(active: true).Open();
        t.Script.PassUntilSent(TimeSpan.FromSeconds(5));
        t.Expect(TcpFlags.Syn, seq: 0);
        t.Script.PassMilliseconds(70);
        t.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, value: 0, echoAge: 70);
        Assert.Equal(70, Srtt(t.Script), 2);
    }

    [Fact]
    public void Only_an_ACK_of_new_data_gives_a_sample()
    {
        var t = new TimestampScript().Accept();
        var before = t.Script.Engine.GetSnapshot(t.Script.Connection).SmoothedRtt;
        t.Script.Send("data");
        t.Expect(TcpFlags.Ack, data: "data");
        t.Script.PassMilliseconds(50);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 2, echoAge: 50, data: "unasked");
        Assert.Equal(before, t.Script.Engine.GetSnapshot(t.Script.Connection).SmoothedRtt);
    }

    [Theory]
    [InlineData(0u, true)]
    [InlineData(120_000u, true)]
    [InlineData(120_001u, false)]
    [InlineData(0x7FFF_FFFFu, false)]
    [InlineData(0x8000_0000u, false)]
    [InlineData(uint.MaxValue, false)]
    public void An_impossible_echo_gives_no_sample(uint age, bool isPossible)
    {
        foreach (var start in new[] { 0u, 1u, Isn.BeforeHalf, Isn.BeforeWrap })
        {
            var state = default(TimestampState);
            state.Begin(start);
            var now = MonotonicTime.Zero + TimeSpan.FromMinutes(5);
            var echo = unchecked(start + 300_000 - age);
            Assert.Equal(
                isPossible ? TimeSpan.FromMilliseconds(age) : null, state.RoundTrip(echo, now, Options.MaxRto));
        }
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void With_invalid_echoes_samples_come_from_sent_times()
    {
        var t = new TimestampScript().Accept();
        t.Script.Send("data");
        t.Expect(TcpFlags.Ack, data: "data");
        t.Script.PassMilliseconds(80);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 5, value: 2, echoAge: 1_000_000_000);
        Assert.Equal(10, Srtt(t.Script), 2);
    }

    [Fact]
    [Trait("RFC", "7323 section 4.2")]
    [Trait("RFC", "7323 appendix G")]
    public void Many_samples_per_round_trip_weigh_as_much_as_one()
    {
        // RTTVAR = 15/16 * 50 + 1/16 * |100 - 200|, SRTT = 31/32 * 100 + 1/32 * 200.
        var rtt = default(RttEstimator);
        rtt.Measure(TimeSpan.FromMilliseconds(100), 4);
        Assert.Equal((100, 50), (rtt.Srtt.TotalMilliseconds, rtt.RttVar.TotalMilliseconds));
        rtt.Measure(TimeSpan.FromMilliseconds(200), 4);
        Assert.Equal((103.125, 53.125), (rtt.Srtt.TotalMilliseconds, rtt.RttVar.TotalMilliseconds));

        // The samples of one round trip together move SRTT about as far as one sample (an eighth).
        foreach (var samples in new[] { 1, 2, 10, 100 })
        {
            rtt = default;
            rtt.Measure(TimeSpan.FromMilliseconds(100), 1);
            for (var i = 0; i < samples; i++)
                rtt.Measure(TimeSpan.FromMilliseconds(200), samples);
            Assert.InRange(rtt.Srtt.TotalMilliseconds, 111.7, 112.5);
        }
    }

    [Fact]
    [Trait("RFC", "7323 appendix G")]
    [Trait("SynCookies", "never")]
    public void The_expected_samples_are_half_the_segments_in_flight()
    {
        var t = new TimestampScript().Accept(mss: 1012);
        var s = t.Script;
        s.Send(new byte[10_000]);
        Assert.Equal(10, s.Drain());
        s.PassMilliseconds(160);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1001, value: 2, echoAge: 160);
        // Ten segments, five expected samples: 160 ms / 8 / 5.
        Assert.Equal(4, Srtt(s), 2);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1501, value: 2, echoAge: 160);
        Assert.Equal(4 + (156 / 40.0), Srtt(s), 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void SRTT_converges_over_a_lossy_link(int seed)
    {
        var random = new Random(seed);
        var options = new EngineOptions { Timestamps = true, DelayedAckTimeout = TimeSpan.Zero };
        var pair = new TestPair(options, options) { Delay = TimeSpan.FromMilliseconds(50) };
        var (server, client) = pair.Connect();
        // After a lost ACK the next one echoes an older timestamp.
        pair.Carries = (from, _) => from == pair.B || random.Next(20) != 0;
        var bytes = Pattern.Bytes(400_000);
        Assert.Equal(bytes, pair.Transfer(pair.A, server, pair.B, client, bytes, TimeSpan.FromHours(1)));
        Assert.True(server.Retransmissions > 0);
        Assert.InRange(pair.A.Engine.GetSnapshot(server).SmoothedRtt.TotalMilliseconds, 99, 101);
    }

    private static double Srtt(Script s) => s.Engine.GetSnapshot(s.Connection).SmoothedRtt.TotalMilliseconds;
}
