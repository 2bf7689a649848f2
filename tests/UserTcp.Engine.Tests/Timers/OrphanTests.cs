using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Timers;

/// <summary>
/// Orphans, the connections closed by their application, end even if the peer is silent (RFC 9293 section 3.6).
/// </summary>
public class OrphanTests
{
    [Theory]
    [InlineData(TcpState.FinWait1, true)]
    [InlineData(TcpState.FinWait2, false)]
    [InlineData(TcpState.Closing, true)]
    [InlineData(TcpState.LastAck, true)]
    public void An_orphan_with_a_silent_peer_ends(TcpState state, bool hasError)
    {
        var (s, _, nxt, _) = Reached.State(state);
        s.Close();
        s.Pass(TimeSpan.FromSeconds(59));
        Assert.Equal(state, s.State);
        s.Drain();
        s.Pass(TimeSpan.FromSeconds(70));
        Assert.Equal(TcpState.Closed, s.State);
        if (hasError)
            s.ExpectLast(TcpFlags.Rst | TcpFlags.Ack, seq: nxt);
        s.ExpectNothing();
        Assert.Equal(hasError ? EngineError.TimedOut : EngineError.None, s.Connection.Error);
        s.AssertNothingLeft();
    }

    [Theory]
    [InlineData(TcpState.FinWait2)]
    [InlineData(TcpState.CloseWait)]
    public void A_connection_in_use_waits_without_limit(TcpState state)
    {
        var s = Reached.State(state).Script;
        s.Pass(TimeSpan.FromDays(1));
        Assert.Equal(state, s.State);
        s.ExpectNothing();
    }

    [Fact]
    public void The_FIN_WAIT_2_timeout_starts_with_the_state_or_the_close()
    {
        var s = Reached.State(TcpState.FinWait1).Script;
        s.Close();
        s.PassMilliseconds(500);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 2);
        s.Pass(TimeSpan.FromSeconds(59.9));
        Assert.Equal(TcpState.FinWait2, s.State);
        s.Pass(TimeSpan.FromSeconds(0.2));
        s.AssertNothingLeft();

        s = Reached.State(TcpState.FinWait2).Script;
        s.Pass(TimeSpan.FromMinutes(10));
        s.Close();
        s.Pass(TimeSpan.FromSeconds(59.9));
        Assert.Equal(TcpState.FinWait2, s.State);
        s.Pass(TimeSpan.FromSeconds(0.2));
        s.AssertNothingLeft();
    }

    [Fact]
    public void An_orphan_with_a_closed_window_ends()
    {
        var s = new Script();
        s.Accept(window: 0);
        s.Engine.Send(s.Connection, s.Host.Chain("never"u8), s.Now);
        s.Close();
        for (var i = 0; i < 200 && s.Engine.ConnectionCount > 0; i++)
        {
            s.PassMilliseconds(1000);
            s.Drain();
            s.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 0);
            s.Drain();
        }

        s.AssertNothingLeft();
    }

    [Fact]
    public void A_thousand_orphans_all_end()
    {
        var s = new Script();
        s.Listen(backlog: 2000);
        for (var i = 0; i < 2000; i++)
        {
            s.PeerPort = new Port((ushort)(10_000 + i));
            s.Inject(TcpFlags.Syn, seq: 0);
            s.Expect(TcpFlags.Syn | TcpFlags.Ack);
            s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
            s.AcceptWaiting();
            s.Close();
            s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);
        }

        Assert.Equal(2000, s.Engine.ConnectionCount);
        s.Pass(TimeSpan.FromSeconds(130));
        s.Drain();
        s.AssertNothingLeft();
    }
}
