using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>RST in synchronized states (RFC 9293 section 3.5.3, RFC 5961 section 3.2).</summary>
public class ResetArrivesTests
{
    public static TheoryData<TcpState> Synchronized => Reached.Synchronized;

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC9293", "MUST-12")]
    [Trait("RFC", "5961 section 3.2")]
    public void A_RST_at_RCV_NXT_ends_the_connection_without_a_reply(TcpState state)
    {
        var (s, _, _, rcv) = Reached.State(state);
        s.Inject(TcpFlags.Rst, seq: rcv);
        s.ExpectNothing();
        Assert.Equal(TcpState.Closed, s.State);
        var isOver = state is TcpState.Closing or TcpState.LastAck;
        Assert.Equal(isOver ? EngineError.None : EngineError.ConnectionReset, s.Connection.Error);
        Assert.Equal(isOver ? 0 : 1, s.Count(Counter.EstablishedResets));
        s.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC", "5961 section 3.2")]
    public void A_RST_elsewhere_in_the_window_draws_a_challenge_ACK(TcpState state)
    {
        foreach (var offset in new uint[] { 1, 1000, 65_000 })
        {
            var (s, _, nxt, rcv) = Reached.State(state);
            s.Inject(TcpFlags.Rst, seq: rcv + offset);
            s.Expect(TcpFlags.Ack, seq: nxt, ack: rcv, length: 0);
            s.ExpectNothing();
            Assert.Equal(state, s.State);
            Assert.Equal(1, s.Count(Counter.ChallengeAcks));
        }
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC", "5961 section 3.2")]
    public void A_RST_outside_the_window_is_dropped_and_changes_nothing(TcpState state)
    {
        var (s, _, _, rcv) = Reached.State(state);
        var before = s.Snapshot();
        foreach (var seq in new[] { rcv - 1, unchecked(rcv - 100_000), rcv + (1 << 21), rcv + (1u << 31) })
            s.Inject(TcpFlags.Rst, seq: seq);
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        Assert.Equal(4, s.Count(Counter.DroppedUnacceptable));
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5961 section 3.2")]
    public void A_RST_at_the_last_number_of_the_window_is_challenged_and_at_the_next_dropped(
        string family, uint iss, uint irs)
    {
        var (s, _, nxt, rcv) = Reached.State(TcpState.Established, family, iss, irs);
        var window = s.Engine.GetSnapshot(s.Connection).RcvWnd;
        var before = s.Snapshot();
        s.Inject(TcpFlags.Rst, seq: rcv + window);
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());

        s.Inject(TcpFlags.Rst, seq: rcv + window - 1);
        s.Expect(TcpFlags.Ack, seq: nxt, ack: rcv, length: 0);
        Assert.Equal(1, s.Count(Counter.ChallengeAcks));
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5961 section 3.2")]
    public void A_RST_that_answers_the_challenge_ACK_ends_the_connection(string family, uint iss, uint irs)
    {
        var (s, _, nxt, rcv) = Reached.State(TcpState.Established, family, iss, irs);
        s.Inject(TcpFlags.Rst, seq: rcv + 500);
        var challenge = s.Expect(TcpFlags.Ack, seq: nxt, ack: rcv);
        s.Inject(TcpFlags.Rst, seq: unchecked((uint)(challenge.Header.Ack - s.Irs)));
        Assert.Equal((TcpState.Closed, EngineError.ConnectionReset), (s.State, s.Connection.Error));
    }

    [Fact]
    [Trait("RFC9293", "SHLD-2")]
    public void Data_on_a_RST_is_ignored()
    {
        var s = Reached.State(TcpState.Established).Script;
        s.Inject(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1, data: "because I say so");
        Assert.Equal((TcpState.Closed, EngineError.ConnectionReset), (s.State, s.Connection.Error));
        Assert.Equal("", s.Read());
        s.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC9293", "MUST-66")]
    public void A_RST_at_a_closed_window_ends_the_connection()
    {
        var s = new Script(new EngineOptions { ReceiveBufferSize = 1024 });
        s.Accept();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: new string('x', 1024));
        s.PassMilliseconds(100);
        s.Expect(TcpFlags.Ack, ack: 1025, window: 0);
        s.Inject(TcpFlags.Rst, seq: 1025);
        Assert.Equal(TcpState.Closed, s.State);
        Assert.Equal(1024, s.Read().Length);
        s.AssertNothingLeft();
    }

    [Fact]
    public void Data_received_before_a_RST_can_still_be_read()
    {
        var s = Reached.State(TcpState.Established).Script;
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "last words");
        s.Inject(TcpFlags.Rst, seq: 11);
        Assert.Equal("last words", s.Read());
        s.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    [Trait("RFC", "5961 section 7")]
    [Trait("SynCookies", "never")]
    public void Challenge_ACKs_are_rate_limited_per_connection(TcpState state)
    {
        var (s, _, _, rcv) = Reached.State(state);
        for (var i = 0u; i < 100; i++)
            s.Inject(i % 2 == 0 ? TcpFlags.Rst : TcpFlags.Syn, seq: rcv + 10 + i);
        Assert.Equal(1, s.Drain());
        s.PassMilliseconds(150);
        s.Inject(TcpFlags.Syn, seq: unchecked(rcv - 70_000));
        Assert.Equal(0, s.Drain());
        s.PassMilliseconds(350);
        s.Drain();
        s.Inject(TcpFlags.Rst, seq: rcv + 10);
        Assert.Equal(1, s.Drain());

        s.PeerPort = new Port(41_000);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        s.Inject(TcpFlags.Rst, seq: 1 + 10);
        s.Expect(TcpFlags.Ack, ack: 1);
    }
}
