using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>Peers that try to hold a connection or inject data past its end.</summary>
public sealed class HostilePeerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_orphan_ends_even_if_its_peer_keeps_opening_and_closing_the_window(bool somethingInFlight)
    {
        var script = new Script();
        script.Accept(window: somethingInFlight ? 1000u : 0u, mss: 1000);
        script.Send(new byte[50_000]);
        script.Close();
        script.Drain();

        for (var second = 0; second < 70 && script.Connection.State != TcpState.Closed; second++)
        {
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: second % 2 == 0 ? 0u : 1u);
            script.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((TcpState.Closed, EngineError.TimedOut), (script.Connection.State, script.Connection.Error));
    }

    [Fact]
    [Trait("RFC9293", "MUST-36")]
    public void A_closed_window_is_not_probed_when_there_is_nothing_to_send()
    {
        var script = new Script();
        script.Accept(mss: 1000);
        script.Send(new byte[1000]);
        script.Drain();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 0);
        script.Pass(TimeSpan.FromSeconds(5));
        Assert.NotEqual(0, script.Engine.Counters[Counter.ZeroWindowProbes]);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1001, window: 0);
        script.Drain();

        script.Pass(TimeSpan.FromHours(1));

        script.ExpectNothing();
    }

    [Fact]
    public void A_soft_error_ends_with_the_next_progress()
    {
        var script = new Script();
        script.Accept();
        script.Send("data");
        script.Drain();
        script.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(EngineError.TimedOut, script.Connection.SoftError);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 5);

        Assert.Equal(EngineError.None, script.Connection.SoftError);
    }

    [Theory]
    [InlineData(uint.MaxValue - 3)]
    [InlineData(int.MaxValue - 1)]
    public void Data_beyond_a_FIN_is_ignored(uint irs)
    {
        var script = new Script(irs: irs);
        script.Accept();
        script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 4, ack: 1, data: "def");
        script.Inject(TcpFlags.Ack, seq: 4, ack: 1, data: "defGHI");

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "abcdefGHI");

        Assert.Equal("abcdef", script.Read());
        Assert.Equal(TcpState.CloseWait, script.State);
    }

    [Theory]
    [InlineData(uint.MaxValue - 3)]
    [InlineData(int.MaxValue - 1)]
    [Trait("RFC", "9293 section 3.10.7.4")]
    public void Out_of_order_data_beyond_a_later_FIN_is_dropped(uint irs)
    {
        var script = new Script(irs: irs);
        script.Accept();
        script.Inject(TcpFlags.Ack, seq: 5, ack: 1, data: "efGHI");
        script.Inject(TcpFlags.Ack, seq: 20, ack: 1, data: "far away");
        script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 6, ack: 1, data: "f");
        Assert.Equal(TcpState.Established, script.State);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "abcd");

        Assert.Equal("abcdef", script.Read());
        Assert.Equal(TcpState.CloseWait, script.State);
        script.ExpectLast(TcpFlags.Ack, seq: 1, ack: 8);
        script.Close();
        script.Drain();
        script.Inject(TcpFlags.Ack, seq: 8, ack: 2);
        script.AssertNothingLeft();
    }

    [Theory]
    [InlineData(uint.MaxValue - 3)]
    [InlineData(int.MaxValue - 1)]
    [Trait("RFC", "9293 section 3.10.7.4")]
    public void Out_of_order_data_beyond_an_earlier_FIN_is_dropped(uint irs)
    {
        var script = new Script(irs: irs);
        script.Accept();
        script.Inject(TcpFlags.Ack, seq: 4, ack: 1, data: "GHI");

        script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1, data: "abc");

        Assert.Equal("abc", script.Read());
        Assert.Equal(TcpState.CloseWait, script.State);
        script.ExpectLast(TcpFlags.Ack, seq: 1, ack: 5);
    }

    [Fact]
    public void Forged_duplicate_ACKs_release_no_more_than_the_flight()
    {
        var script = new Script();
        script.Accept(mss: 1000, window: 65_535, scale: WindowScale.FromWire(10));
        script.Send(new byte[1_000_000]);
        var outstanding = script.Drain();

        for (var duplicate = 0; duplicate < 1000; duplicate++)
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 65_535);

        Assert.InRange(script.Drain(), 1, outstanding + 3);
    }

    [Fact]
    public void A_closing_listener_resets_every_peer()
    {
        const int Connections = 1000;
        var script = new Script(new EngineOptions { Backlog = Connections });
        script.Listen();
        for (var i = 0; i < Connections; i++)
        {
            script.PeerPort = new Port((ushort)(10_000 + i));
            script.Inject(TcpFlags.Syn, seq: 0);
            script.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0);
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        }

        script.Engine.CloseListener(script.Listener, script.Now);

        Assert.Equal(Connections, script.Drain());
        Assert.Equal(Connections, script.Engine.Counters[Counter.ResetsSent]);
        Assert.Equal(0, script.Engine.Counters[Counter.DroppedReply]);
    }
}
