using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>Protection against wrapped sequence numbers (RFC 7323 section 5).</summary>
[Trait("RFC", "7323 section 5.3")]
public class PawsTests
{
    private static readonly TimeSpan Outdated = TimeSpan.FromDays(24);

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    public void Data_with_an_old_timestamp_is_dropped_and_acknowledged(
        string family, uint iss, uint irs, uint ours, uint peer)
    {
        var t = new TimestampScript(family, iss, irs, ours, peer).Accept();
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 10, data: "new");
        t.Script.PassMilliseconds(40);
        t.Expect(TcpFlags.Ack, ack: 4, echo: 10);
        for (var age = 1; age < 20; age++)
        {
            // Inside the window, like an old duplicate from 2^32 bytes ago.
            t.Inject(TcpFlags.Ack, seq: 4, ack: 1, value: 10 - age, data: "wrapped");
            t.Expect(TcpFlags.Ack, seq: 1, ack: 4, echo: 10, length: 0);
        }

        Assert.Equal(19, t.Script.Count(Counter.DroppedPaws));
        Assert.Equal(Disposition.Paws, t.Script.Host.Observations.Last(o => !o.Sent).Disposition);
        t.Inject(TcpFlags.Ack, seq: 4, ack: 1, value: 10, data: "same");
        Assert.Equal("newsame", t.Script.Read());
    }

    [Theory]
    [InlineData(int.MinValue + 1)]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    [Trait("RFC", "7323 section 5.2")]
    public void Old_and_new_are_halves_of_the_timestamp_space(int distance)
    {
        foreach (var peer in new[] { 0u, 1u, Isn.BeforeHalf, Isn.BeforeWrap, 0x8000_0000u, uint.MaxValue })
        {
            var t = new TimestampScript(peer: peer).Accept();
            t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: unchecked(1 + distance), data: "data");
            Assert.Equal(distance > 0 ? "data" : "", t.Script.Read());
        }
    }

    [Theory]
    [InlineData(TcpState.Established)]
    [InlineData(TcpState.FinWait1)]
    [InlineData(TcpState.FinWait2)]
    [InlineData(TcpState.CloseWait)]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.LastAck)]
    public void An_old_timestamp_acknowledges_and_closes_nothing_in_any_state(TcpState state)
    {
        var t = new TimestampScript().Accept();
        var s = t.Script;
        var (rcvNxt, sndUna, sndNxt) = (1u, 1u, 1u);
        if (state is TcpState.CloseWait or TcpState.LastAck)
            TakeFin();
        if (state is not (TcpState.Established or TcpState.CloseWait))
        {
            s.Shutdown();
            t.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: sndNxt++);
        }

        if (state == TcpState.FinWait2)
            t.Inject(TcpFlags.Ack, seq: rcvNxt, ack: sndUna = sndNxt, value: 10);
        if (state == TcpState.Closing)
            TakeFin();
        Assert.Equal(state, s.State);
        t.Inject(TcpFlags.Ack, seq: rcvNxt, ack: sndUna, value: 10);
        var before = s.Engine.GetSnapshot(s.Connection);

        t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: rcvNxt, ack: sndNxt, value: 9, window: 77);

        t.Expect(TcpFlags.Ack, seq: sndNxt, ack: rcvNxt, echo: 10);
        Assert.Equal(before, s.Engine.GetSnapshot(s.Connection));

        void TakeFin()
        {
            t.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1, value: 10);
            t.Expect(TcpFlags.Ack, ack: ++rcvNxt);
        }
    }

    [Fact]
    [Trait("RFC", "5961 section 7")]
    public void Empty_segments_with_old_timestamps_draw_rate_limited_ACKs()
    {
        var t = new TimestampScript().Accept();
        for (var i = 0; i < 100; i++)
            t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 0);
        t.Expect(TcpFlags.Ack, ack: 1, echo: 1);
        t.Script.ExpectNothing();
        Assert.Equal(100, t.Script.Count(Counter.DroppedPaws));
    }

    [Fact]
    [Trait("RFC", "7323 section 5.2")]
    public void A_RST_is_accepted_with_any_timestamp()
    {
        var t = new TimestampScript().Accept();
        t.Inject(TcpFlags.Rst, seq: 1, value: -100_000);
        Assert.Equal((TcpState.Closed, 0), (t.Script.State, t.Script.Count(Counter.DroppedPaws)));
    }

    [Fact]
    [Trait("RFC", "5961 section 4.2")]
    public void A_SYN_with_an_old_timestamp_draws_a_challenge_ACK()
    {
        var t = new TimestampScript().Accept();
        t.Inject(TcpFlags.Syn, seq: 1, value: -5);
        t.Expect(TcpFlags.Ack, seq: 1, ack: 1, echo: 1);
        Assert.Equal((1, 1), (t.Script.Count(Counter.ChallengeAcks), t.Script.Count(Counter.DroppedPaws)));
    }

    [Fact]
    public void PAWS_precedes_the_sequence_number_check()
    {
        var t = new TimestampScript().Accept();
        t.Inject(TcpFlags.Ack, seq: 100_000_000, ack: 1, value: 0, data: "far and old");
        t.Expect(TcpFlags.Ack, ack: 1);
        t.Inject(TcpFlags.Ack, seq: 100_000_000, ack: 1, value: 7, data: "far and new");
        t.Expect(TcpFlags.Ack, ack: 1, echo: 1);
        Assert.Equal(1, t.Script.Count(Counter.DroppedPaws));
    }

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    [Trait("RFC", "7323 section 5.5")]
    public void After_24_idle_days_no_timestamp_is_old(string family, uint iss, uint irs, uint ours, uint peer)
    {
        var t = new TimestampScript(family, iss, irs, ours, peer).Accept();
        t.Script.Pass(Outdated - TimeSpan.FromSeconds(2));
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: -1000, data: "old");
        t.Expect(TcpFlags.Ack, ack: 1, echo: 1);
        t.Script.Pass(TimeSpan.FromSeconds(4));
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: -1000, data: "new");
        t.Script.PassMilliseconds(40);
        t.Expect(TcpFlags.Ack, ack: 4, echo: -1000);
        t.Inject(TcpFlags.Ack, seq: 4, ack: 1, value: -1001, data: "past again");
        t.Expect(TcpFlags.Ack, ack: 4, echo: -1000);
        Assert.Equal("new", t.Script.Read());
    }

    [Theory]
    [InlineData(50)]
    [InlineData(75)]
    [InlineData(400)]
    [InlineData(10_000)]
    [Trait("RFC", "7323 section 5.5")]
    public void TS_Recent_is_invalid_after_any_longer_idle_time(int days)
    {
        var t = new TimestampScript().Accept();
        t.Script.Pass(TimeSpan.FromDays(days));
        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: -1, data: "data");
        Assert.Equal("data", t.Script.Read());
    }

    [Fact]
    [Trait("RFC", "7323 section 5.5")]
    public void An_equal_timestamp_renews_TS_Recent()
    {
        var t = new TimestampScript().Accept();
        for (var i = 0; i < 3; i++)
        {
            t.Script.Pass(TimeSpan.FromDays(20));
            t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 1);
        }

        t.Inject(TcpFlags.Ack, seq: 1, ack: 1, value: 0, data: "old");
        t.Expect(TcpFlags.Ack, ack: 1);
        Assert.Equal("", t.Script.Read());
    }

    [Theory]
    [MemberData(nameof(TimestampScript.Corners), MemberType = typeof(TimestampScript))]
    [Trait("RFC", "7323 section 3.2")]
    public void Segments_without_the_option_are_accepted(string family, uint iss, uint irs, uint ours, uint peer)
    {
        var t = new TimestampScript(family, iss, irs, ours, peer).Accept();
        var s = t.Script;
        s.Send("ours");
        t.Expect(TcpFlags.Ack, data: "ours", echo: 1);
        s.PassMilliseconds(100);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 5, data: "bare");
        Assert.Equal("bare", s.Read());
        Assert.NotEqual(TimeSpan.Zero, s.Engine.GetSnapshot(s.Connection).SmoothedRtt);
        s.PassMilliseconds(40);
        // Our segments keep the option, and the next timestamp is checked again.
        t.Expect(TcpFlags.Ack, ack: 5, echo: 1);
        t.Inject(TcpFlags.Ack, seq: 5, ack: 5, value: 0, data: "old");
        t.Expect(TcpFlags.Ack, ack: 5, echo: 1);
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 5);
        t.Expect(TcpFlags.Ack, ack: 6, echo: 1);
        Assert.Equal(TcpState.CloseWait, s.State);
    }
}
