using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>
/// Our SYN meets an old connection of the peer (RFC 9293 section 3.5.1, figure 9): it is retransmitted after our RST.
/// </summary>
public class WrongAckTests
{
    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "9293 section 3.5.1")]
    public void After_the_RST_the_SYN_is_retransmitted_soon_without_counting_as_lost(string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs);
        s.Open();
        s.PassMilliseconds(20);
        s.Inject(TcpFlags.Ack, seq: 0, ack: 12_345);
        s.ExpectResetAt(12_345);
        Assert.Equal(TimeSpan.FromMilliseconds(10), s.PassUntilSent(TimeSpan.FromSeconds(1)));
        s.Expect(TcpFlags.Syn, seq: 0);
        Assert.Equal((0, 1), (s.Count(Counter.RetransmissionTimeouts), s.Count(Counter.SegmentsRetransmitted)));
        s.PassMilliseconds(20);
        s.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460 });
        s.Expect(TcpFlags.Ack, seq: 1, ack: 1);

        // RFC 5681 section 3.1: after a lost SYN the window is one segment.
        s.Send(Pattern.Bytes(4 * 1400));
        Assert.Equal(4, s.Drain());
    }

    [Fact]
    [Trait("RFC", "9293 section 3.5.1")]
    public void A_wrong_SYN_ACK_has_the_same_effect()
    {
        var s = new Script();
        s.Open();
        s.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 7);
        s.ExpectResetAt(7);
        Assert.Equal(TimeSpan.FromMilliseconds(10), s.PassUntilSent(TimeSpan.FromSeconds(1)));
        s.Expect(TcpFlags.Syn, seq: 0);
    }

    [Fact]
    public void A_thousand_wrong_ACKs_draw_one_extra_SYN_per_timeout()
    {
        var s = new Script();
        s.Open();
        var syns = 0;
        for (var i = 0; i < 6900; i++)
        {
            s.PassMilliseconds(1);
            s.Inject(TcpFlags.Ack, seq: 0, ack: 12_345);
            while (s.TryDequeueSent() is { } sent)
                syns += sent.Header.Flags == TcpFlags.Syn ? 1 : 0;
        }

        // The timeouts at 1 s, 3 s and 7 s, and one extra SYN soon after each.
        Assert.Equal(5, syns);
        Assert.Equal(2, s.Count(Counter.RetransmissionTimeouts));
    }

    [Theory]
    [InlineData(TcpFlags.Rst | TcpFlags.Ack, 12_345u)]
    [InlineData(TcpFlags.Ack, 1u)]
    public void A_segment_that_draws_no_RST_draws_no_SYN(TcpFlags flags, uint ack)
    {
        var s = new Script();
        s.Open();
        s.Inject(flags, seq: 0, ack: ack);
        s.ExpectNothing();
        Assert.Equal(TimeSpan.FromSeconds(1), s.PassUntilSent(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Just_before_the_timeout_the_timeout_retransmits_the_SYN()
    {
        var s = new Script();
        s.Open();
        s.PassMilliseconds(995);
        s.Inject(TcpFlags.Ack, seq: 0, ack: 12_345);
        s.ExpectResetAt(12_345);
        Assert.Equal(TimeSpan.FromMilliseconds(5), s.PassUntilSent(TimeSpan.FromSeconds(1)));
        s.Expect(TcpFlags.Syn, seq: 0);
        Assert.Equal(1, s.Count(Counter.RetransmissionTimeouts));
    }

    [Fact]
    public void A_simultaneous_SYN_in_between_is_answered_as_usual()
    {
        var s = new Script();
        s.Open();
        s.Inject(TcpFlags.Ack, seq: 0, ack: 12_345);
        s.ExpectResetAt(12_345);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        Assert.Equal(TimeSpan.FromSeconds(1), s.PassUntilSent(TimeSpan.FromSeconds(1)));
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        Assert.Equal(1, s.Count(Counter.RetransmissionTimeouts));
    }

    [Fact]
    public void The_user_timeout_applies()
    {
        var s = new Script();
        s.Open(new ConnectionOptions { UserTimeout = TimeSpan.FromMilliseconds(500) });
        s.Inject(TcpFlags.Ack, seq: 0, ack: 12_345);
        s.ExpectResetAt(12_345);
        s.PassMilliseconds(499);
        s.Expect(TcpFlags.Syn, seq: 0);
        Assert.Equal(TcpState.SynSent, s.State);
        s.PassMilliseconds(2);
        s.ExpectNothing();
        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (s.State, s.Connection.Error));
    }
}
