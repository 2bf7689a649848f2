using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>The accept queue and the half-open connections of a listener are bounded and counted right.</summary>
public class BacklogTests
{
    [Fact]
    public void A_final_ACK_at_a_full_accept_queue_is_dropped_and_recovered_by_retransmission()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen(backlog: 1);
        OpenHalf(s, 1);
        OpenHalf(s, 2);
        Complete(s, 1);
        Complete(s, 2);
        s.ExpectNothing();
        Assert.Equal(1, s.Count(Counter.DroppedListenFull));
        Assert.Equal(TcpState.SynReceived, s.State);

        s.AcceptWaiting();
        Assert.False(s.Engine.TryAccept(s.Listener, out _));
        s.PassUntilSent(TimeSpan.FromSeconds(1));
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        Complete(s, 2);
        s.AcceptWaiting();
        Assert.Equal(s.PeerPort, s.Connection.Tuple.RemotePort);
    }

    [Fact]
    public void A_SYN_at_a_full_accept_queue_is_dropped()
    {
        var s = new Script();
        s.Listen(backlog: 2);
        for (var i = 1; i <= 2; i++)
        {
            OpenHalf(s, i);
            Complete(s, i);
        }

        UsePort(s, 3);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.ExpectNothing();
        Assert.Equal((1, 2), (s.Count(Counter.DroppedListenFull), s.Engine.ConnectionCount));
        s.AcceptWaiting();
        OpenHalf(s, 3);
    }

    [Fact]
    public void A_SYN_flood_stops_at_the_limit_and_half_open_connections_time_out()
    {
        var s = new Script(new EngineOptions { MaxHalfOpen = 50 }, cookies: SynCookieMode.Never);
        s.Listen();
        for (var i = 0; i < 5000; i++)
        {
            UsePort(s, i);
            s.Inject(TcpFlags.Syn, seq: 0);
        }

        Assert.Equal(50, s.Drain());
        Assert.Equal(
            (50, 50, 4950), (s.Engine.ConnectionCount, s.Listener.HalfOpen, s.Count(Counter.DroppedListenFull)));
        s.Pass(new EngineOptions().HalfOpenTimeout + TimeSpan.FromSeconds(1));
        s.Drain();
        s.AssertNothingLeft();
        Assert.Equal(0, s.Listener.HalfOpen);
        UsePort(s, 6000);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
    }

    [Fact]
    public void The_connection_limit_counts_every_state()
    {
        var s = new Script(new EngineOptions { MaxConnections = 2 }, cookies: SynCookieMode.Never);
        s.Listen();
        OpenHalf(s, 1);
        OpenHalf(s, 2);
        UsePort(s, 3);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.ExpectNothing();
        Assert.Equal(EngineError.TooManyConnections, s.Engine.Open(
            null, default, s.Peer, new Port(7), ConnectionOptions.Default, s.Now, out _));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void Closing_a_listener_resets_unaccepted_connections_and_keeps_the_others(string family)
    {
        var s = new Script(family: family, cookies: SynCookieMode.Never);
        s.Listen();
        OpenHalf(s, 1);
        Complete(s, 1);
        s.AcceptWaiting();
        OpenHalf(s, 2);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "for nobody");
        OpenHalf(s, 3);

        s.Engine.CloseListener(s.Listener, s.Now);
        var resets = new[] { s.Expect(TcpFlags.Rst | TcpFlags.Ack), s.Expect(TcpFlags.Rst | TcpFlags.Ack) };
        Assert.Equal([PortOf(2), PortOf(3)], resets.Select(r => r.Header.DestinationPort).OrderBy(p => p.Value));
        s.ExpectNothing();
        Assert.Equal(1, s.Engine.ConnectionCount);
        Assert.Equal(TcpState.Established, s.Connection.State);
        Assert.Equal(0, s.Host.Pool.Rented);
        s.Engine.CloseListener(s.Listener, s.Now);

        UsePort(s, 4);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Rst | TcpFlags.Ack, ack: 1);
    }

    [Fact]
    public void A_new_listener_at_the_same_port_starts_empty()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        OpenHalf(s, 1);
        s.Engine.CloseListener(s.Listener, s.Now);
        s.Drain();
        s.Listen();
        UsePort(s, 1);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        s.ExpectResetAt(1);
        Assert.Equal(0, s.Listener.HalfOpen);
        Assert.False(s.Engine.TryAccept(s.Listener, out _));
    }

    [Theory]
    [InlineData(SynCookieMode.Never)]
    [InlineData(SynCookieMode.UnderPressure)]
    [InlineData(SynCookieMode.Always)]
    public void The_half_open_count_is_right_under_random_input(SynCookieMode mode)
    {
        var random = new Random(99);
        var s = new Script(new EngineOptions { MaxHalfOpen = 8 }, cookies: mode);
        s.Listen(backlog: 4);
        for (var step = 0; step < 20_000; step++)
        {
            UsePort(s, random.Next(20));
            switch (random.Next(7))
            {
                case 0 or 1:
                    s.Inject(TcpFlags.Syn, seq: 0);
                    break;
                case 2:
                    s.InjectFrame(Answer(s, TcpFlags.Ack, seq: 1));
                    break;
                case 3:
                    s.Inject(TcpFlags.Rst, seq: 1);
                    break;
                case 4:
                    if (s.Engine.TryAccept(s.Listener, out var connection))
                        s.Engine.Abort(connection!, s.Now);
                    break;
                case 5:
                    s.PassMilliseconds(random.Next(5000));
                    break;
                default:
                    s.InjectFrame(Answer(s, TcpFlags.Fin | TcpFlags.Ack, seq: 1));
                    break;
            }

            s.Drain();
            if (s.Host.Observations.Count > 2000)
                s.Host.Observations.RemoveRange(0, 1000);
            var halfOpen = s.Engine.GetSnapshots(s.Now).Count(c => c.State == TcpState.SynReceived);
            Assert.Equal(halfOpen, s.Listener.HalfOpen);
            Assert.InRange(halfOpen, 0, 8);
            Assert.InRange(s.Listener.Accepted.Count, 0, 4);
        }

        s.Engine.CloseListener(s.Listener, s.Now);
        s.Drain();
        s.AssertNothingLeft();
    }

    /// <summary>An answer to the last SYN,ACK sent to this port.</summary>
    private static byte[] Answer(Script s, TcpFlags flags, uint seq)
    {
        var seen = s.Host.Observations.LastOrDefault(o =>
            o.Sent && o.Tuple == s.Tuple && o.Header.Flags.HasFlag(TcpFlags.Syn));
        var header = new TcpHeader(s.PeerPort, s.HostPort, s.Irs + seq, seen.Header.Seq + 1, flags, 1000);
        return Frames.Tcp(s.Peer, s.Host.Address, header, default, default);
    }

    private static Port PortOf(int i) => new((ushort)(20_000 + i));

    private static void UsePort(Script s, int i) => s.PeerPort = PortOf(i);

    private static void OpenHalf(Script s, int i)
    {
        UsePort(s, i);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
    }

    /// <summary>The third segment of the handshake of port i.</summary>
    private static void Complete(Script s, int i)
    {
        UsePort(s, i);
        s.InjectFrame(Answer(s, TcpFlags.Ack, seq: 1));
    }
}
