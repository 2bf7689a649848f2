using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>TIME-WAIT (RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 1337).</summary>
public class TimeWaitTests
{
    private static readonly TimeSpan TwoMsl = 2 * new EngineOptions().MaxSegmentLifetime;

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-13")]
    public void TIME_WAIT_lasts_2_MSL_and_leaves_nothing(string family, uint iss, uint irs)
    {
        var s = Reached.State(TcpState.TimeWait, family, iss, irs).Script;
        s.Pass(TwoMsl - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, s.Engine.TimeWaitCount);
        s.Pass(TimeSpan.FromMilliseconds(2));
        s.AssertNothingLeft();

        s.Engine.CloseListener(s.Listener, s.Now);
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2);
        s.ExpectResetAt(2);
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void A_duplicate_FIN_is_acknowledged_and_restarts_2_MSL(string family, uint iss, uint irs)
    {
        var s = Reached.State(TcpState.TimeWait, family, iss, irs).Script;
        s.Pass(TwoMsl - TimeSpan.FromSeconds(1));
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2);
        s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        s.Pass(TwoMsl - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, s.Engine.TimeWaitCount);
        s.Pass(TimeSpan.FromMilliseconds(2));
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData(TcpFlags.Ack, 1u, "old")]
    [InlineData(TcpFlags.Ack, 2u, "new")]
    [InlineData(TcpFlags.Fin | TcpFlags.Ack, 500u, "")]
    [InlineData(TcpFlags.Syn, 0u, "")]
    [InlineData(TcpFlags.Syn, 2u, "")]
    [InlineData(TcpFlags.Syn, (1u << 31) + 3, "")]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, 9u, "")]
    public void Other_segments_are_acknowledged_and_do_not_restart_2_MSL(TcpFlags flags, uint seq, string data)
    {
        var s = Reached.State(TcpState.TimeWait).Script;
        s.Pass(TwoMsl - TimeSpan.FromSeconds(1));
        s.Inject(flags, seq: seq, ack: 2, data: data);
        s.Expect(TcpFlags.Ack, seq: 2, ack: 2, length: 0);
        s.ExpectNothing();
        s.Pass(TimeSpan.FromSeconds(1.1));
        s.AssertNothingLeft();
    }

    [Fact]
    public void An_ACK_without_data_is_not_answered()
    {
        var s = Reached.State(TcpState.TimeWait).Script;
        s.Inject(TcpFlags.Ack, seq: 2, ack: 2);
        s.ExpectNothing();
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(0u)]
    [InlineData(500u)]
    [InlineData(1u << 31)]
    public void An_empty_segment_elsewhere_draws_a_rate_limited_ACK(uint seq)
    {
        var s = Reached.State(TcpState.TimeWait).Script;
        foreach (var _ in Enumerable.Range(0, 10))
        {
            s.Inject(TcpFlags.Ack, seq: seq, ack: 2);
            s.Expect(TcpFlags.Ack, seq: 2, ack: 2, length: 0);
            for (var i = 0; i < 100; i++)
                s.Inject(TcpFlags.Ack, seq: seq, ack: 2);
            s.ExpectNothing();
            s.Pass(new EngineOptions().ChallengeAckInterval);
        }
    }

    [Theory]
    [InlineData(TcpFlags.Ack, 1u, "old")]
    [InlineData(TcpFlags.Ack, 2u, "new")]
    [InlineData(TcpFlags.Fin | TcpFlags.Ack, 500u, "")]
    [InlineData(TcpFlags.Syn, 0u, "")]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, 9u, "")]
    [Trait("RFC", "5961 section 7")]
    public void A_flood_of_segments_is_answered_twice_a_second(TcpFlags flags, uint seq, string data)
    {
        var s = Reached.State(TcpState.TimeWait).Script;
        foreach (var _ in Enumerable.Range(0, 10))
        {
            for (var i = 0; i < 100; i++)
                s.Inject(flags, seq: seq, ack: 2, data: data);
            s.Expect(TcpFlags.Ack, seq: 2, ack: 2, length: 0);
            s.ExpectNothing();
            s.Pass(new EngineOptions().ChallengeAckInterval);
        }
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "9293 section 3.10.7.4")]
    public void A_duplicate_FIN_is_acknowledged_even_after_other_segments(string family, uint iss, uint irs)
    {
        var s = Reached.State(TcpState.TimeWait, family, iss, irs).Script;
        for (var i = 0; i < 10; i++)
        {
            s.Inject(TcpFlags.Syn, seq: 0);
            s.Drain();
            s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2);
            s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
            s.ExpectNothing();
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(1u << 31)]
    [Trait("RFC", "1337")]
    public void A_RST_does_not_end_TIME_WAIT(uint offset)
    {
        var s = Reached.State(TcpState.TimeWait).Script;
        s.Inject(TcpFlags.Rst, seq: 2 + offset);
        s.Inject(TcpFlags.Rst | TcpFlags.Ack, seq: 2 + offset, ack: 2);
        s.ExpectNothing();
        Assert.Equal(TcpState.TimeWait, s.State);
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MAY-2")]
    [Trait("RFC", "6528 section 3")]
    public void A_SYN_beyond_the_old_connection_opens_one_with_an_ISS_beyond_the_old(string family, uint iss, uint irs)
    {
        var s = Reached.State(TcpState.TimeWait, family, iss, irs).Script;
        var old = s.Iss;
        s.Inject(TcpFlags.Syn, seq: 3);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 4);
        Assert.True(s.Iss - old > ushort.MaxValue);
        Assert.Equal((1, 1, TcpState.SynReceived), (s.Engine.TimeWaitCount, s.Engine.ConnectionCount, s.State));
        s.Inject(TcpFlags.Ack, seq: 4, ack: 1);
        Assert.Equal(0, s.Engine.TimeWaitCount);
        s.AcceptWaiting();
        Assert.Equal(TcpState.Established, s.State);
        Assert.Equal(
            Disposition.TimeWaitReused,
            s.Host.Observations.Single(o => o.Before == TcpState.TimeWait && o.After != o.Before).Disposition);
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void After_much_time_the_ISS_is_that_of_the_clock()
    {
        var s = Reached.State(TcpState.TimeWait).Script;
        var old = s.Iss;
        s.Pass(TimeSpan.FromSeconds(30));
        s.Inject(TcpFlags.Syn, seq: 3);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, ack: 4);
        Assert.InRange(s.Iss - old, 30 * 250_000, (30 * 250_000) + 250_000);
    }

    [Fact]
    public void A_SYN_without_a_listener_is_acknowledged()
    {
        var s = Reached.State(TcpState.TimeWait).Script;
        s.Engine.CloseListener(s.Listener, s.Now);
        s.Inject(TcpFlags.Syn, seq: 3);
        s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        Assert.Equal(1, s.Engine.TimeWaitCount);
    }

    [Theory]
    [InlineData(TcpFlags.Syn, true)]
    [InlineData(TcpFlags.Syn | TcpFlags.Fin, false)]
    public void A_SYN_that_opens_no_connection_does_not_end_TIME_WAIT(TcpFlags flags, bool isFull)
    {
        var s = Reached.In(
            new Script(new EngineOptions { MaxHalfOpen = 1 }, cookies: SynCookieMode.Never), TcpState.TimeWait).Script;
        if (isFull)
        {
            s.PeerPort = new Port(41_000);
            s.Inject(TcpFlags.Syn, seq: 0);
            s.Drain();
            s.PeerPort = new Port(40_000);
        }

        s.Inject(flags, seq: 3);
        s.ExpectNothing();
        Assert.Equal(TcpState.TimeWait, s.State);
        Assert.Equal(isFull ? 1 : 0, s.Count(Counter.DroppedListenFull));
    }

    [Fact]
    public void TIME_WAIT_needs_no_application()
    {
        var s = Reached.State(TcpState.TimeWait).Script;
        Assert.Equal(0, s.Engine.ConnectionCount);
        s.Close();
        s.Abort();
        s.ExpectNothing();
        Assert.Equal(1, s.Engine.TimeWaitCount);
    }

    [Fact]
    public void OPEN_does_not_reuse_a_tuple_in_TIME_WAIT()
    {
        var s = new Script();
        s.Connect();
        s.Shutdown();
        s.Drain();
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2);
        s.Drain();
        Assert.Equal(1, s.Engine.TimeWaitCount);
        Assert.Equal(EngineError.AddressInUse, s.Engine.Open(
            null, s.HostPort, s.Peer, s.PeerPort, ConnectionOptions.Default, s.Now, out _));
        s.Pass(TwoMsl + TimeSpan.FromMilliseconds(2));
        Assert.Equal(EngineError.None, s.Engine.Open(
            null, s.HostPort, s.Peer, s.PeerPort, ConnectionOptions.Default, s.Now, out _));
    }
}
