using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Calls;

/// <summary>ABORT, and CLOSE that acts as one (RFC 9293 sections 3.10.5 and 3.6.1).</summary>
public class AbortTests
{
    [Theory]
    [MemberData(nameof(Synchronized))]
    public void An_abort_sends_a_RST_and_leaves_nothing(TcpState state)
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
    public void An_abort_drops_queued_and_out_of_order_data()
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

    /// <summary>ISS, IRS, and the window to which the peer shrinks its own.</summary>
    public static TheoryData<uint, uint, uint> ShrunkWindows => new()
    {
        { Isn.BeforeWrap, Isn.BeforeHalf, 0 },
        { Isn.BeforeHalf, Isn.BeforeWrap, 0 },
        { Isn.BeforeWrap, Isn.BeforeHalf, 300 },
        { Isn.BeforeHalf, Isn.BeforeWrap, 300 },
    };

    [Theory]
    [MemberData(nameof(ShrunkWindows))]
    [Trait("RFC", "9293 section 3.10.5")]
    [Trait("RFC", "9293 section 3.8.6")]
    public void The_RST_lies_inside_a_window_that_the_peer_has_shrunk(uint iss, uint irs, uint window)
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
    public void The_RST_of_a_half_open_connection_follows_the_SYN_with_any_window()
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
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-3")]
    [Trait("RFC", "2525 section 2.17")]
    public void A_close_with_unread_data_sends_a_RST(string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs);
        s.Accept();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "unread");
        s.Close();
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 7);
        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-3")]
    [Trait("RFC", "2525 section 2.17")]
    public void A_close_that_sends_FIN_first_resets_after_the_ACK_of_the_FIN(string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs);
        s.Accept();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "unread");
        s.Send("ours");
        s.Close(sendsFinFirst: true);
        s.Expect(TcpFlags.Psh | TcpFlags.Ack, seq: 1, ack: 7, data: "ours");
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 7);
        s.ExpectNothing();
        s.Inject(TcpFlags.Ack, seq: 7, ack: 6);
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 6, ack: 7);
        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC9293", "SHLD-3")]
    public void A_close_in_FIN_WAIT_2_with_unread_data_sends_a_RST()
    {
        var s = new Script();
        s.Accept();
        s.Shutdown();
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 2, data: "unread");
        s.Drain();
        s.Close(sendsFinFirst: true);
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 2, ack: 7);
        s.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC9293", "SHLD-3")]
    public void Data_received_but_not_consumed_is_unread()
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
    public void Data_after_the_close_draws_a_RST(TcpState state)
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
    public void A_duplicate_of_data_read_before_the_close_draws_no_RST()
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
    public void A_RST_instead_of_the_last_ACK_is_no_error(TcpState state)
    {
        var (s, _, _, rcv) = Reached.State(state);
        s.Inject(TcpFlags.Rst, seq: rcv);
        Assert.Equal((TcpState.Closed, EngineError.None), (s.State, s.Connection.Error));
        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Fact]
    [Trait("RFC9293", "MUST-12")]
    public void A_RST_instead_of_the_last_ACK_is_an_error_with_unacknowledged_data()
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
    public void A_second_close_has_no_effect()
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
    public void A_segment_for_an_aborted_connection_draws_a_RST(TcpState state)
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
