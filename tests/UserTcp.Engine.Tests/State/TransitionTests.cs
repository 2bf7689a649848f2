using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>The state machine (RFC 9293 section 3.3.2, figure 5): the table, and a path over every edge.</summary>
public class TransitionTests
{
    // The successors of each state, besides itself and CLOSED.
    private static readonly Dictionary<TcpState, TcpState[]> Figure5 = new()
    {
        [TcpState.Closed] = [TcpState.Listen, TcpState.SynSent],
        [TcpState.Listen] = [TcpState.SynReceived],
        [TcpState.SynSent] = [TcpState.SynReceived, TcpState.Established],
        [TcpState.SynReceived] = [TcpState.Established, TcpState.FinWait1],
        [TcpState.Established] = [TcpState.FinWait1, TcpState.CloseWait],
        [TcpState.FinWait1] = [TcpState.FinWait2, TcpState.Closing, TcpState.TimeWait],
        [TcpState.FinWait2] = [TcpState.TimeWait],
        [TcpState.CloseWait] = [TcpState.LastAck],
        [TcpState.Closing] = [TcpState.TimeWait],
        [TcpState.LastAck] = [],
        [TcpState.TimeWait] = [TcpState.SynReceived],
    };

    [Fact]
    public void The_table_has_the_edges_of_figure_5_and_no_others()
    {
        var states = Enum.GetValues<TcpState>();
        Assert.Equal(11, states.Length);
        foreach (var from in states)
        {
            foreach (var to in states)
            {
                var expected = from == to || to == TcpState.Closed || Figure5[from].Contains(to);
                Assert.True(expected == Transitions.IsLegal(from, to), $"{from} to {to}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void Every_state_can_be_reached(string family, uint iss, uint irs)
    {
        TcpState[] states =
        [
            TcpState.SynSent, TcpState.SynReceived, TcpState.Established, TcpState.FinWait1, TcpState.FinWait2,
            TcpState.CloseWait, TcpState.Closing, TcpState.LastAck, TcpState.TimeWait,
        ];
        Assert.All(states, state => Assert.Equal(state, Reached.State(state, family, iss, irs).Script.State));
    }

    [Fact]
    public void The_peer_closes_first()
    {
        var s = Reached.State(TcpState.CloseWait).Script;
        Assert.True(s.EventsSoFar().HasFlag(EngineEvents.ReadsClosed));
        s.Close();
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2);
        Assert.Equal(TcpState.LastAck, s.State);
        s.Inject(TcpFlags.Ack, seq: 2, ack: 2);
        Assert.Equal((TcpState.Closed, EngineError.None), (s.State, s.Connection.Error));
        s.ExpectNothing();
        s.AssertNothingLeft();
    }

    [Fact]
    public void We_close_first_and_the_peers_FIN_comes_later()
    {
        var s = Reached.State(TcpState.FinWait2).Script;
        Assert.True(s.EventsSoFar().HasFlag(EngineEvents.WritesClosed));
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2);
        s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        Assert.Equal(TcpState.TimeWait, s.State);
        Assert.True(s.EventsSoFar().HasFlag(EngineEvents.ReadsClosed | EngineEvents.Closed));
        Assert.Equal(EngineError.None, s.Connection.Error);
    }

    [Fact]
    public void The_peers_FIN_may_acknowledge_ours()
    {
        var s = Reached.State(TcpState.FinWait1).Script;
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2);
        s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        s.ExpectNothing();
        Assert.Equal(TcpState.TimeWait, s.State);
    }

    [Fact]
    public void Simultaneous_FINs_lead_through_CLOSING()
    {
        var s = Reached.State(TcpState.Closing).Script;
        s.Inject(TcpFlags.Ack, seq: 2, ack: 2);
        s.ExpectNothing();
        Assert.Equal(TcpState.TimeWait, s.State);
        Assert.True(
            s.EventsSoFar().HasFlag(EngineEvents.ReadsClosed | EngineEvents.WritesClosed | EngineEvents.Closed));
    }

    [Fact]
    public void The_FIN_of_a_simultaneous_close_is_acknowledged_even_if_the_ACK_of_ours_follows_in_the_same_batch()
    {
        var s = Reached.State(TcpState.FinWait1).Script;
        s.InjectBatch(s.Segment(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1), s.Segment(TcpFlags.Ack, seq: 2, ack: 2));
        Assert.Equal(TcpState.TimeWait, s.State);
        s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        s.ExpectNothing();
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void A_simultaneous_close_of_two_engines_ends_in_TIME_WAIT_at_both(string family)
    {
        var pair = new TestPair(family: family);
        var (server, client) = pair.Connect();
        pair.A.Engine.Close(server, pair.Now);
        pair.B.Engine.Close(client, pair.Now);
        pair.RunUntil(
            () => server.State == TcpState.TimeWait && client.State == TcpState.TimeWait, TimeSpan.FromSeconds(1));
        pair.Run(TimeSpan.FromSeconds(61));
        Assert.Equal((0, 0), (pair.A.Engine.TimeWaitCount, pair.B.Engine.TimeWaitCount));
        Assert.Equal((0, 0), (pair.A.Engine.TimerCount, pair.B.Engine.TimerCount));
    }
}
