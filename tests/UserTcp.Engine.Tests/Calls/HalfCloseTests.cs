using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Calls;

/// <summary>Half-closed connections (RFC 9293 section 3.6), and the transmission of the FIN.</summary>
public class HalfCloseTests
{
    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void Sending_continues_after_the_peers_FIN(string family, uint iss, uint irs)
    {
        var s = Reached.State(TcpState.CloseWait, family, iss, irs).Script;
        s.Send("answer");
        s.Expect(TcpFlags.Ack, seq: 1, ack: 2, data: "answer");
        s.Shutdown();
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 7, ack: 2);
        s.Inject(TcpFlags.Ack, seq: 2, ack: 7);
        Assert.Equal(TcpState.LastAck, s.State);
        s.Inject(TcpFlags.Ack, seq: 2, ack: 8);
        Assert.Equal((TcpState.Closed, EngineError.None), (s.State, s.Connection.Error));
        s.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void Receiving_and_window_updates_continue_after_our_FIN(string family, uint iss, uint irs)
    {
        var s = Reached.In(
            new Script(new EngineOptions { ReceiveBufferSize = 4000 }, family: family, iss: iss, irs: irs),
            TcpState.FinWait2).Script;
        for (var i = 0u; i < 10; i++)
        {
            s.Inject(TcpFlags.Ack, seq: 1 + (i * 1000), ack: 2, data: new string('a', 1000));
            Assert.Equal(1000, s.Read().Length);
        }

        s.Pass(TimeSpan.FromHours(3));
        s.Drain();
        Assert.Equal(TcpState.FinWait2, s.State);
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 10_001, ack: 2);
        s.Expect(TcpFlags.Ack, seq: 2, ack: 10_002);
        Assert.Equal(TcpState.TimeWait, s.State);
    }

    [Fact]
    public void Sending_after_shutdown_fails_and_releases_the_blocks()
    {
        var s = Reached.State(TcpState.FinWait1).Script;
        Assert.False(s.Engine.Send(s.Connection, s.Host.Chain(new byte[40_000]), s.Now));
        Assert.Equal(0, s.Host.Pool.Rented);
        s.Shutdown();
        s.ExpectNothing();
    }

    [Fact]
    public void The_FIN_rides_on_the_last_data_and_is_retransmitted_until_acknowledged()
    {
        var s = new Script();
        s.Accept();
        s.Engine.Send(s.Connection, s.Host.Chain("bye"u8), s.Now);
        s.Shutdown();
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1, data: "bye");
        foreach (var _ in Enumerable.Range(0, 3))
        {
            s.PassUntilSent(TimeSpan.FromSeconds(10));
            s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1, data: "bye");
        }

        // Only the data is acknowledged: the FIN is retransmitted alone.
        s.Inject(TcpFlags.Ack, seq: 1, ack: 4);
        s.PassUntilSent(TimeSpan.FromSeconds(10));
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 4, ack: 1, data: "");
        Assert.Equal(TcpState.FinWait1, s.State);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 5);
        Assert.Equal(TcpState.FinWait2, s.State);
    }

    [Fact]
    public void The_FIN_waits_for_the_window()
    {
        var s = new Script();
        s.Accept(window: 3);
        s.Engine.Send(s.Connection, s.Host.Chain("bye"u8), s.Now);
        s.Shutdown();
        s.Expect(TcpFlags.Ack, seq: 1, ack: 1, data: "bye");
        s.ExpectNothing();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 4, window: 1);
        s.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 4, ack: 1);
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void A_FIN_with_data_is_processed_after_the_data(string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs);
        s.Accept();
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1, data: "last");
        s.Expect(TcpFlags.Ack, seq: 1, ack: 6);
        Assert.Equal(TcpState.CloseWait, s.State);
        Assert.Equal("last", s.Read());
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void A_FIN_after_a_gap_waits_for_the_data(string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs);
        s.Accept();
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 1, data: "tail");
        s.Expect(TcpFlags.Ack, seq: 1, ack: 1);
        Assert.Equal(TcpState.Established, s.State);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "head");
        s.Expect(TcpFlags.Ack, seq: 1, ack: 10);
        Assert.Equal(TcpState.CloseWait, s.State);
        Assert.Equal("headtail", s.Read());
    }

    [Fact]
    public void A_FIN_without_data_after_a_gap_waits_for_the_data()
    {
        var s = new Script();
        s.Accept();
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 1);
        Assert.Equal(TcpState.Established, s.State);
        s.Drain();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "head");
        s.Expect(TcpFlags.Ack, seq: 1, ack: 6);
        Assert.Equal(TcpState.CloseWait, s.State);
    }

    [Fact]
    public void A_FIN_beyond_the_window_is_ignored()
    {
        var s = new Script(new EngineOptions { ReceiveBufferSize = 2000 });
        s.Accept();
        s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1, data: new string('x', 2001));
        s.Drain();
        Assert.Equal(TcpState.Established, s.State);
        Assert.Equal(2000, s.Read().Length);
    }

    [Theory]
    [InlineData(TcpState.CloseWait)]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.LastAck)]
    public void Each_duplicate_FIN_is_acknowledged(TcpState state)
    {
        var (s, una, nxt, rcv) = Reached.State(state);
        for (var i = 0; i < 3; i++)
        {
            s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: rcv - 1, ack: una);
            s.Expect(TcpFlags.Ack, seq: nxt, ack: rcv);
        }

        Assert.Equal(state, s.State);
    }

    [Theory]
    [InlineData(TcpState.CloseWait)]
    [InlineData(TcpState.Closing)]
    [InlineData(TcpState.LastAck)]
    public void Data_after_the_FIN_is_ignored(TcpState state)
    {
        var (s, una, _, rcv) = Reached.State(state);
        s.Inject(TcpFlags.Ack, seq: rcv, ack: una, data: "impossible");
        Assert.Equal(state, s.State);
        Assert.Equal("", s.Read());
        Assert.Equal(rcv, s.Engine.GetSnapshot(s.Connection).RcvNxt);
        Assert.Equal(0, s.Host.Pool.Rented);
    }

    [Fact]
    public void Either_end_retransmits_lost_segments_of_a_close()
    {
        var pair = new TestPair();
        var (server, client) = pair.Connect();
        var frames = 0;
        pair.Carries = (_, _) => ++frames % 3 != 1;
        pair.B.Engine.Shutdown(client, pair.Now);
        pair.RunUntil(() => server.State == TcpState.CloseWait);
        pair.A.Engine.Shutdown(server, pair.Now);
        pair.RunUntil(() => pair.A.Engine.ConnectionCount + pair.B.Engine.ConnectionCount == 0);
        Assert.Equal((EngineError.None, EngineError.None), (server.Error, client.Error));
        Assert.True(pair.B.Engine.Counters[Counter.TimeWaits] == 1);
    }
}
