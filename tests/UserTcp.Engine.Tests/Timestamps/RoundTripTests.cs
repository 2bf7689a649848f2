using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Timestamps;

/// <summary>Round trips measured by what the peer echoes (RFC 7323 section 4, appendix G).</summary>
[Trait("RFC", "7323 section 4.1")]
public class RoundTripTests
{
    private static readonly EngineOptions Options = new();

    [Theory]
    [MemberData(nameof(Stamped.Corner), MemberType = typeof(Stamped))]
    [Trait("RFC", "6298 section 3")]
    [Trait("SynCookies", "never")]
    public void What_was_sent_twice_is_measured_by_the_copy_that_arrived(string family, uint iss, uint irs, uint ours, uint peer)
    {
        foreach (var isOfTheCopy in new[] { true, false })
        {
            var t = new Stamped(family, iss, irs, ours, peer).Accept();
            var s = t.Script;
            s.Send("text");
            var first = t.OurClock;
            t.Expect(TcpFlags.Ack, data: "text");
            s.PassUntilSent(TimeSpan.FromSeconds(5));
            var age = t.OurClock - first;
            t.Expect(TcpFlags.Ack, data: "text");
            // What comes sooner than any round trip is for the original; later it may be the answer to the copy, whose ACK was lost before.
            s.PassMilliseconds(isOfTheCopy ? 100 : 0);
            t.Inject(TcpFlags.Ack, seq: 1, ack: 5, value: 2, echoAge: isOfTheCopy ? 100 : age);

            // The handshake took no time at all, so SRTT is an eighth of this.
            Assert.Equal((isOfTheCopy ? 100 : age) / 8.0, Srtt(s), 2);
        }
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void A_syn_ack_that_went_out_twice_is_measured_too()
    {
        var t = new Stamped();
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
    public void So_is_a_syn()
    {
        var t = new Stamped(active: true).Open();
        t.Script.PassUntilSent(TimeSpan.FromSeconds(5));
        t.Expect(TcpFlags.Syn, seq: 0);
        t.Script.PassMilliseconds(70);
        t.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, value: 0, echoAge: 70);
        Assert.Equal(70, Srtt(t.Script), 2);
    }

    [Fact]
    public void Only_what_acknowledges_something_is_measured()
    {
        var t = new Stamped().Accept();
        var before = t.Script.Engine.GetSnapshot(t.Script.Connection).SmoothedRtt;
        t.Script.Send("text");
        t.Expect(TcpFlags.Ack, data: "text");
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
    public void An_echo_of_what_cannot_be_in_flight_is_not_measured(uint age, bool isPossible)
    {
        foreach (var start in new[] { 0u, 1u, Corners.Sign, Corners.Wrap })
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
    public void A_peer_that_echoes_nonsense_is_measured_as_one_without_timestamps()
    {
        var t = new Stamped().Accept();
        t.Script.Send("text");
        t.Expect(TcpFlags.Ack, data: "text");
        t.Script.PassMilliseconds(80);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 5, value: 2, echoAge: 1_000_000_000);
        Assert.Equal(10, Srtt(t.Script), 2);
    }

    [Fact]
    [Trait("RFC", "7323 section 4.2")]
    [Trait("RFC", "7323 appendix G")]
    public void Many_measurements_in_a_round_trip_weigh_as_much_as_one()
    {
        // RTTVAR = 15/16 * 50 + 1/16 * |100 - 200|, SRTT = 31/32 * 100 + 1/32 * 200.
        var rtt = default(RttEstimator);
        rtt.Measure(TimeSpan.FromMilliseconds(100), 4);
        Assert.Equal((100, 50), (rtt.Srtt.TotalMilliseconds, rtt.RttVar.TotalMilliseconds));
        rtt.Measure(TimeSpan.FromMilliseconds(200), 4);
        Assert.Equal((103.125, 53.125), (rtt.Srtt.TotalMilliseconds, rtt.RttVar.TotalMilliseconds));

        // A whole round trip of them moves the average about as far as one would (an eighth).
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
    public void There_are_as_many_as_the_flight_has_pairs_of_segments()
    {
        var t = new Stamped().Accept(mss: 1012);
        var s = t.Script;
        s.Send(new byte[10_000]);
        Assert.Equal(10, s.Drain());
        s.PassMilliseconds(160);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1001, value: 2, echoAge: 160);
        // Ten segments, five measurements: an eighth's fifth of 160 ms.
        Assert.Equal(4, Srtt(s), 2);
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1501, value: 2, echoAge: 160);
        Assert.Equal(4 + (156 / 40.0), Srtt(s), 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Over_a_bad_link_it_comes_to_the_round_trip_that_there_is(int seed)
    {
        var random = new Random(seed);
        var options = new EngineOptions { Timestamps = true, DelayedAckTimeout = TimeSpan.Zero };
        var pair = new TestPair(options, options) { Delay = TimeSpan.FromMilliseconds(50) };
        var (server, client) = pair.Connect();
        // An ACK that is lost is made up for by one that echoes something older.
        pair.Carries = (from, _) => from == pair.B || random.Next(20) != 0;
        var octets = Octets.Of(400_000);
        Assert.Equal(octets, pair.Transfer(pair.A, server, pair.B, client, octets, TimeSpan.FromHours(1)));
        Assert.True(server.Retransmissions > 0);
        Assert.InRange(pair.A.Engine.GetSnapshot(server).SmoothedRtt.TotalMilliseconds, 99, 101);
    }

    private static double Srtt(Script s) => s.Engine.GetSnapshot(s.Connection).SmoothedRtt.TotalMilliseconds;
}
