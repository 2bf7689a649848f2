using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>
/// A half-open connection is parked in a table after its SYN,ACK, and behaves like its TCB. All tests of SYN-RECEIVED
/// include that; these look at parking itself.
/// </summary>
public class HalfOpenParkingTests
{
    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void A_half_open_connection_is_parked_after_its_SYN_ACK_and_unparked_by_the_ACK(
        string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs, cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { Mss = 1000, WindowScale = WindowScale.FromWire(3) });
        s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        s.ExpectNothing();
        Assert.Equal(
            (0, 1, 1), (s.Engine.State.Connections.Count, s.Engine.State.HalfOpen.Count, s.Engine.ConnectionCount));
        Assert.Equal(TcpState.SynReceived, s.State);

        s.PassMilliseconds(20);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 100);
        s.AcceptWaiting();
        Assert.Equal((1, 0), (s.Engine.State.Connections.Count, s.Engine.State.HalfOpen.Count));
        var status = s.Engine.GetSnapshot(s.Connection);
        Assert.Equal(
            (TcpState.Established, 1000, 3, 800u, TimeSpan.FromMilliseconds(20)),
            (status.State, status.SendMss, status.SendWindowScale, status.SndWnd, status.SmoothedRtt));
    }

    [Fact]
    public void Unparking_does_not_change_STATUS()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { Mss = 700, WindowScale = WindowScale.FromWire(9) });
        s.Drain();
        foreach (var wait in new[] { 0, 1000, 2000, 300, 4000 })
        {
            s.PassMilliseconds(wait);
            s.Inject(TcpFlags.Syn, seq: 5);
            s.Drain();
            var parked = Assert.Single(
                s.Engine.GetSnapshots(s.Now), snapshot => snapshot.State == TcpState.SynReceived);
            var core = s.Engine.State;
            var deadline = s.Engine.NextDeadline;
            var unparked = ConnectionLookup.Enter(core, s.Tuple, core.HashOf(s.Tuple))!;
            Assert.Equal(parked, Snapshots.Of(core, unparked, s.Now));
            core.Current.Leave();
            Assert.Equal(deadline, s.Engine.NextDeadline);
            Assert.Empty(s.Host.Emit(s.Now));
            Assert.Equal((0, 1), (core.Connections.Count, core.HalfOpen.Count));
        }
    }

    [Fact]
    [Trait("RFC", "5961 section 7")]
    public void Parking_keeps_the_challenge_ACK_limit()
    {
        var s = HalfOpen();
        s.Inject(TcpFlags.Rst, seq: 10);
        s.Expect(TcpFlags.Ack);
        for (var i = 0u; i < 4; i++)
        {
            s.PassMilliseconds(120);
            s.Inject(TcpFlags.Rst, seq: 11 + i);
            s.ExpectNothing();
        }

        s.PassMilliseconds(25);
        s.Inject(TcpFlags.Rst, seq: 10);
        s.Expect(TcpFlags.Ack);
    }

    [Fact]
    public void Pending_events_prevent_parking()
    {
        var s = HalfOpen();
        var unparked = ConnectionLookup.Enter(s.Engine.State, s.Tuple, s.Engine.State.HashOf(s.Tuple))!;
        unparked.SoftError = EngineError.HostUnreachable;
        s.Engine.State.Events.Raise(unparked, EngineEvents.SoftError);
        Assert.Empty(s.Host.Emit(s.Now));
        Assert.Equal((1, 0), (s.Engine.State.Connections.Count, s.Engine.State.HalfOpen.Count));
    }

    [Fact]
    public void Half_open_connections_end_with_their_listener_only()
    {
        var s = HalfOpen();
        Assert.Equal(
            EngineError.None,
            s.Engine.Listen(s.Host.Address, new Port(81), null, ConnectionOptions.Default, out var other));
        s.HostPort = new Port(81);
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        Assert.Equal(2, s.Engine.State.HalfOpen.Count);

        s.Engine.CloseListener(s.Listener, s.Now);
        Assert.Equal(1, s.Drain());
        Assert.Equal((1, 1, 0), (s.Engine.State.HalfOpen.Count, other!.HalfOpen, s.Listener.HalfOpen));

        // The freed index is reused.
        Assert.Equal(
            EngineError.None,
            s.Engine.Listen(s.Host.Address, new Port(82), null, ConnectionOptions.Default, out var next));
        s.Engine.CloseListener(next!, s.Now);
        Assert.Equal(1, s.Engine.State.HalfOpen.Count);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        Assert.True(s.Engine.TryAccept(other, out _));
    }

    private static Script HalfOpen()
    {
        var s = new Script(cookies: SynCookieMode.Never);
        s.Listen();
        s.Inject(TcpFlags.Syn, seq: 0);
        s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        s.ExpectNothing();
        return s;
    }
}
