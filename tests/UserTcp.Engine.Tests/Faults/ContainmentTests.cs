using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Faults;

/// <summary>A fault while one connection is handled costs that connection, and leaves nothing of it.</summary>
public class ContainmentTests
{
    public static TheoryData<int> EachPoint =>
        [(int)FaultPoint.SegmentArrives, (int)FaultPoint.AckTaken, (int)FaultPoint.DataQueued, (int)FaultPoint.TimerExpires, (int)FaultPoint.SegmentBuilt, (int)FaultPoint.UserCall];

    private static EngineOptions Containing => new() { MaxConnectionFaults = 10 };

    [Theory]
    [MemberData(nameof(EachPoint))]
    public void The_victim_is_reset_and_the_transfer_of_the_other_goes_on(int point)
    {
        var pair = new TestPair(a: Containing);
        var (victim, peer) = pair.Connect();
        var (other, otherPeer) = ConnectAnother(pair);
        var planted = new PlantedFault((FaultPoint)point, victim);
        pair.A.Engine.State.Injector = planted;

        // Both directions of both connections, with losses, so that every point is met.
        var frames = 0;
        pair.Carries = (_, _) => ++frames % 7 != 0;
        pair.A.Engine.Send(victim, pair.A.Chain(Octets.Of(50_000)), pair.Now);
        pair.B.Engine.Send(peer, pair.B.Chain(Octets.Of(50_000)), pair.Now);
        pair.A.Engine.Send(other, pair.A.Chain(Octets.Of(50_000)), pair.Now);
        var received = pair.Transfer(pair.B, otherPeer, pair.A, other, Octets.Of(200_000));
        var answered = pair.Transfer(pair.A, other, pair.B, otherPeer, []);
        var sent = new List<byte>();
        pair.RunUntil(() =>
        {
            sent.AddRange(pair.B.ReadAll(otherPeer, pair.Now));
            return sent.Count + answered.Length >= 50_000;
        });
        pair.Carries = (_, _) => true;
        pair.RunUntil(() => peer.State == TcpState.Closed, TimeSpan.FromMinutes(5));

        pair.B.ReadAll(peer, pair.Now);

        Assert.True(planted.HasStruck);
        Assert.Equal(Octets.Of(200_000), received);
        Assert.Equal(Octets.Of(50_000), (byte[])[.. answered, .. sent]);
        Assert.Equal((TcpState.Closed, EngineError.InternalFault), (victim.State, victim.Error));
        Assert.Same(planted.Exception, victim.Fault);
        Assert.Equal(EngineError.ConnectionReset, peer.Error);
        Assert.Equal(EngineEvents.Closed, pair.A.Events.Last(e => e.Connection == victim).Events & EngineEvents.Closed);
        Assert.Equal(1, pair.A.Engine.Counters[Counter.ConnectionFaults]);
        Assert.True(pair.A.Engine.TryDequeueFault(out var fault));
        Assert.Equal((planted.Exception, victim, victim.Tuple), (fault.Exception, fault.Connection, fault.Tuple));
        Assert.False(pair.A.Engine.TryDequeueFault(out _));
        Assert.Equal(1, pair.A.Engine.ConnectionCount);
        EndAll(pair, other, otherPeer);
    }

    [Fact]
    public void The_peer_gets_a_RST_with_the_numbers_it_expects()
    {
        var script = new Script(Containing, irs: Corners.Wrap, iss: Corners.Sign);
        script.Accept();
        script.Engine.State.Injector = new PlantedFault(FaultPoint.SegmentArrives);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "never handled");

        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        script.ExpectNothing();
        Assert.Equal(SegmentReason.ResetFault, script.Host.Observations[^1].Reason);
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_segment_that_was_built_when_the_fault_came_is_not_sent()
    {
        var script = new Script(Containing, irs: Corners.Wrap, iss: Corners.Sign);
        script.Accept();
        script.Engine.State.Injector = new PlantedFault(FaultPoint.SegmentBuilt);

        script.Send("never sent");

        var reset = script.Expect(TcpFlags.Rst | TcpFlags.Ack, ack: 1);
        Assert.Empty(reset.Payload);
        script.ExpectNothing();
        script.AssertNothingLeft();
    }

    [Fact]
    public void Data_that_was_queued_when_the_fault_came_is_not_delivered()
    {
        var script = new Script(Containing, irs: Corners.Sign, iss: Corners.Wrap);
        script.Accept();
        script.Engine.State.Injector = new PlantedFault(FaultPoint.DataQueued);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "queued");

        Assert.Empty(script.Read());
        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        script.AssertNothingLeft();
    }

    /// <summary>Else a stream whose data is lost would look as if it had ended in good order.</summary>
    [Fact]
    public void A_user_that_has_not_heard_of_the_FIN_hears_of_the_fault_alone()
    {
        var script = new Script(Containing, irs: Corners.Wrap, iss: Corners.Sign);
        script.Accept();
        script.Host.TakeEvents();
        var frame = script.Segment(TcpFlags.Ack | TcpFlags.Fin, seq: 1, ack: 1, data: "unread");
        var block = script.Host.Pool.Rent(frame.Length);
        block.Append(frame);
        Assert.False(script.Engine.OnFrame(block, script.Now));
        block.Release();

        script.Engine.ReportFault(script.Connection, new PlantedException("after data and FIN"), script.Now);

        Assert.True(script.Engine.TryDequeueEvent(out var engineEvent));
        Assert.Equal((script.Connection, EngineEvents.Closed), (engineEvent.Connection, engineEvent.Events));
        Assert.False(script.Engine.TryDequeueEvent(out _));
        Assert.Empty(script.Read());
        Assert.Equal(EngineError.InternalFault, script.Connection.Error);
    }

    /// <summary>A frame whose block has become part of a queue is abandoned with it, and its reader must not use it again.</summary>
    [Fact]
    public void A_frame_that_was_kept_when_the_fault_came_stays_kept()
    {
        var script = new Script(Containing, link: new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true));
        script.Accept();
        script.Engine.State.Injector = new PlantedFault(FaultPoint.DataQueued);
        var header = new TcpHeader(script.PeerPort, script.HostPort, script.Irs + 1, script.Iss + 1, TcpFlags.Ack, 1000);
        var frame = Frames.Tcp(script.Peer, script.Host.Address, header, default, new byte[40_000]);
        var block = script.Host.Pool.Rent(frame.Length);
        block.Append(frame);

        var isKept = script.Engine.OnFrame(block, script.Now);

        Assert.True(isKept);
        Assert.Equal(0, script.Host.Pool.Rented);
        Assert.NotSame(block, script.Host.Pool.Rent(frame.Length));
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void A_half_open_connection_that_has_a_fault_gives_its_place_back()
    {
        var script = new Script(Containing);
        script.Listen(backlog: 1);
        script.Engine.State.Injector = new PlantedFault(FaultPoint.SegmentBuilt);

        script.Inject(TcpFlags.Syn, seq: 0);

        Assert.Equal(0, script.Listener.HalfOpen);
        Assert.Equal(0, script.Engine.ConnectionCount);
        script.Expect(TcpFlags.Rst | TcpFlags.Ack, ack: 1);
        script.Inject(TcpFlags.Syn, seq: 0);
        script.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
    }

    [Fact]
    public void A_connection_that_waits_to_be_accepted_is_not_handed_out_any_more()
    {
        var script = new Script(Containing);
        script.Listen();
        script.Inject(TcpFlags.Syn, seq: 0);
        script.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        script.Engine.State.Injector = new PlantedFault(FaultPoint.SegmentArrives);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "x");

        Assert.False(script.Engine.TryAccept(script.Listener, out _));
        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        script.AssertNothingLeft();
    }

    [Fact]
    public void An_open_that_has_a_fault_opens_nothing_and_says_so()
    {
        var script = new Script(Containing);
        script.Engine.State.Injector = new PlantedFault(FaultPoint.UserCall);

        var error = script.Engine.Open(null, default, script.Peer, new Port(80), ConnectionOptions.Default, script.Now, out var connection);

        Assert.Equal((EngineError.InternalFault, null), (error, connection));
        Assert.Equal(1, script.Count(Counter.DroppedFault));
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_send_that_has_a_fault_leaks_none_of_its_blocks()
    {
        var script = new Script(Containing);
        script.Accept();
        script.Send("before");
        script.Engine.State.Injector = new PlantedFault(FaultPoint.UserCall);

        Assert.False(script.Engine.Send(script.Connection, script.Host.Chain(Octets.Of(50_000)), script.Now));

        script.ExpectLast(TcpFlags.Rst | TcpFlags.Ack);
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_frame_of_no_connection_that_has_a_fault_is_dropped_and_counted()
    {
        var script = new Script(Containing);
        script.Accept();
        script.Engine.State.Injector = new PlantedFault(FaultPoint.FrameParsed);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "lost");
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "again");

        Assert.Equal("again", script.Read());
        Assert.Equal((0, 1), (script.Count(Counter.ConnectionFaults), script.Count(Counter.DroppedFault)));
        Assert.True(script.Engine.TryDequeueFault(out var fault));
        Assert.Null(fault.Connection);
    }

    [Fact]
    public void A_fault_that_the_caller_had_with_a_connection_is_treated_alike()
    {
        var script = new Script(Containing);
        script.Accept();

        script.Engine.ReportFault(script.Connection, new PlantedException("in the application's handler"), script.Now);

        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        Assert.Equal(EngineError.InternalFault, script.Connection.Error);
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_listener_closes_though_one_of_its_connections_is_broken()
    {
        var pair = new TestPair(a: Containing);
        Assert.Equal(EngineError.None, pair.A.Engine.Listen(pair.A.Address, new Port(80), null, ConnectionOptions.Default, out var listener));
        for (var i = 0; i < 3; i++)
            Assert.Equal(EngineError.None, pair.B.Engine.Open(null, default, pair.A.Address, new Port(80), ConnectionOptions.Default, pair.Now, out _));
        pair.RunUntil(() => listener!.Accepted.Count == 3);
        Break(listener!.Accepted.ElementAt(1));

        pair.A.Engine.CloseListener(listener, pair.Now);
        pair.Run(TimeSpan.FromSeconds(1));

        Assert.Equal((0, 0), (pair.A.Engine.ConnectionCount, pair.B.Engine.ConnectionCount));
        Assert.Equal(1, pair.A.Engine.Counters[Counter.ConnectionFaults]);
    }

    /// <summary>The ordinary removal throws in the middle: the connection is gone all the same, and its user hears of it once.</summary>
    [Fact]
    public void A_connection_whose_queue_is_broken_can_be_removed()
    {
        var script = new Script(Containing);
        script.Accept();
        script.Send("unacknowledged");
        script.Host.TakeEvents();
        Break(script.Connection);

        script.Abort();

        script.ExpectLast(TcpFlags.Rst | TcpFlags.Ack);
        script.Host.TakeEvents();
        Assert.Single(script.Host.Events, e => e.Connection == script.Connection && (e.Events & EngineEvents.Closed) != 0);
        Assert.Equal((0, 0, MonotonicTime.Never), (script.Engine.ConnectionCount, script.Engine.TimerCount, script.Engine.NextDeadline));
        Assert.Equal(1, script.Count(Counter.ConnectionFaults));
    }

    /// <summary>A chain that goes round is walked once; blocks that cannot be trusted are not handed out again.</summary>
    [Fact]
    public void A_send_queue_that_goes_round_is_abandoned()
    {
        var script = new Script(Containing);
        script.Accept();
        var chain = script.Host.Chain(Octets.Of(40_000));
        script.Engine.Send(script.Connection, chain, script.Now);
        Assert.NotNull(chain.NextBlock);
        chain.NextBlock!.NextBlock = chain;

        script.Engine.ReportFault(script.Connection, new PlantedException("seen elsewhere"), script.Now);

        Assert.Equal(1, script.Host.Pool.Rented);
        Assert.NotSame(chain, script.Host.Pool.Rent());
    }

    /// <summary>Whatever its queues are, releasing them throws.</summary>
    private static void Break(Tcb tcb)
    {
        var queue = new OutOfOrderQueue(null!, maxRanges: 1, maxBlocks: 1);
        typeof(OutOfOrderQueue).GetField("_ranges", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.SetValue(queue, null);
        tcb.OutOfOrder = queue;
    }

    private static (Tcb Server, Tcb Client) ConnectAnother(TestPair pair)
    {
        var listener = pair.A.Engine.State.Listeners.Find(pair.A.Address, new Port(80))!;
        Assert.Equal(EngineError.None, pair.B.Engine.Open(null, default, pair.A.Address, new Port(80), ConnectionOptions.Default, pair.Now, out var client));
        Tcb? server = null;
        pair.RunUntil(() => pair.A.Engine.TryAccept(listener, out server));
        return (server!, client!);
    }

    private static void EndAll(TestPair pair, Tcb one, Tcb other)
    {
        pair.A.Engine.Close(one, pair.Now);
        pair.B.Engine.Close(other, pair.Now);
        pair.Run(TimeSpan.FromMinutes(3));
        foreach (var host in new[] { pair.A, pair.B })
            Assert.Equal((0, 0, 0), (host.Engine.ConnectionCount, host.Engine.TimerCount, host.Pool.Rented));
        Assert.Equal(0, pair.A.Engine.MemoryHeld);
    }
}
