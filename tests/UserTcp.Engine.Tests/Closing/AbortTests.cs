using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Closing;

/// <summary>ABORT, and CLOSE that has to be one (RFC 9293 sections 3.10.5 and 3.6.1).</summary>
public class AbortTests
{
    [Theory]
    [MemberData(nameof(Synchronized))]
    public void An_abort_resets_the_peer_and_leaves_nothing(TcpState state)
    {
        var (s, _, nxt, rcv) = Reached.State(state);
        s.Abort();
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: nxt, ack: rcv);
        s.ExpectNothing();
        Assert.Equal((TcpState.Closed, EngineError.ConnectionAborted), (s.State, s.Connection.Error));
        Assert.True(s.EventsSoFar().HasFlag(EngineEvents.Closed));
        s.AssertNothingLeft();
        s.Abort();
        s.ExpectNothing();
    }

    public static TheoryData<TcpState> Synchronized => Reached.Synchronized;

    [Fact]
    public void An_abort_drops_what_is_queued_and_what_waits_for_a_gap()
    {
        var s = new Script();
        s.Accept(window: 1000);
        s.Send(new byte[50_000]);
        s.Drain();
        s.Inject(TcpFlags.Ack, seq: 2000, ack: 1, data: "beyond a gap", window: 1000);
        s.Drain();
        s.Abort();
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1001, ack: 1);
        s.AssertNothingLeft();
    }

    /// <summary>Our and the peer's ISN, and the window that the peer shrinks its own to.</summary>
    public static TheoryData<uint, uint, uint> ShrunkWindows => new()
    {
        { Corners.Wrap, Corners.Sign, 0 },
        { Corners.Sign, Corners.Wrap, 0 },
        { Corners.Wrap, Corners.Sign, 300 },
        { Corners.Sign, Corners.Wrap, 300 },
    };

    [Theory]
    [MemberData(nameof(ShrunkWindows))]
    [Trait("RFC", "9293 section 3.10.5")]
    [Trait("RFC", "9293 section 3.8.6")]
    public void A_reset_does_not_lie_beyond_a_window_that_the_peer_has_shrunk(uint iss, uint irs, uint window)
    {
        var s = new Script(iss: iss, irs: irs);
        s.Accept(window: 1000);
        s.Send(new byte[1000]);
        s.Drain();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: window);
        s.Abort();
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1 + window, ack: 1);
        s.AssertNothingLeft();
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void A_reset_of_a_half_open_connection_comes_after_the_syn_whatever_the_window()
    {
        var s = new Script();
        s.Listen();
        s.Inject(TcpFlags.Syn, seq: 0, window: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        s.Engine.CloseListener(s.Listener, s.Now);
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        s.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Corners.All), MemberType = typeof(Corners))]
    [Trait("RFC9293", "SHLD-3")]
    [Trait("RFC", "2525 section 2.17")]
    public void A_close_with_text_unread_resets_the_peer(string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs);
        s.Accept();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "unread");
        s.Close();
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 7);
        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC9293", "SHLD-3")]
    public void Text_taken_but_not_consumed_is_unread_too()
    {
        var s = new Script();
        s.Accept();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "taken");
        var chain = s.Engine.Receive(s.Connection);
        s.Close();
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 6);
        Block.ReleaseChain(chain);
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData(TcpState.FinWait1)]
    [InlineData(TcpState.FinWait2)]
    [Trait("RFC9293", "SHLD-3")]
    public void Text_that_arrives_after_the_user_has_gone_resets_the_peer(TcpState state)
    {
        var (s, una, nxt, rcv) = Reached.State(state);
        s.Close();
        s.ExpectNothing();
        s.Inject(TcpFlags.Ack, seq: rcv, ack: una, data: "too late");
        var reset = s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: nxt);
        Assert.Empty(reset.Payload);
        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Fact]
    public void Text_that_was_read_before_the_close_and_comes_again_resets_nobody()
    {
        var s = new Script();
        s.Accept();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "read");
        Assert.Equal("read", s.Read());
        s.Close();
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 5);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "read");
        s.Expect(TcpFlags.Ack, seq: 2, ack: 5);
        Assert.Equal(TcpState.FinWait1, s.State);
    }

    [Theory]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.LastAck)]
    public void A_reset_instead_of_the_last_ack_is_an_orderly_end(TcpState state)
    {
        var (s, _, _, rcv) = Reached.State(state);
        s.Inject(TcpFlags.Rst, seq: rcv);
        Assert.Equal((TcpState.Closed, EngineError.None), (s.State, s.Connection.Error));
        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC9293", "MUST-12")]
    public void A_reset_instead_of_the_last_ack_is_an_error_when_text_was_not_acknowledged()
    {
        var s = Reached.State(TcpState.CloseWait).Script;
        s.Send("never arrives");
        s.Shutdown();
        s.Drain();
        Assert.Equal(TcpState.LastAck, s.State);
        s.Inject(TcpFlags.Rst, seq: 2);
        Assert.Equal((TcpState.Closed, EngineError.ConnectionReset), (s.State, s.Connection.Error));
        s.AssertNothingLeft();
    }

    [Fact]
    public void Closing_twice_is_closing_once()
    {
        var s = new Script();
        s.Accept();
        s.Close();
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);
        s.Close();
        s.Shutdown();
        s.ExpectNothing();
        Assert.Equal(TcpState.FinWait1, s.State);
    }

    [Theory]
    [MemberData(nameof(Synchronized))]
    public void A_segment_for_an_aborted_connection_draws_a_reset(TcpState state)
    {
        var (s, una, _, rcv) = Reached.State(state);
        s.Engine.CloseListener(s.Listener, s.Now);
        s.Abort();
        s.Drain();
        s.Inject(TcpFlags.Ack, seq: rcv, ack: una);
        s.ExpectResetAt(una);
        Assert.Equal(2, s.Count(Counter.ResetsSent));
    }
}
