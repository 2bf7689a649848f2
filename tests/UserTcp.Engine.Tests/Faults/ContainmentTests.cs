using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Faults;

/// <summary>A fault in the processing of one connection ends that connection only, and leaves nothing of it.</summary>
public class ContainmentTests
{
    public static TheoryData<int> EachPoint =>
        [
            (int)FaultPoint.SegmentArrives, (int)FaultPoint.AckTaken, (int)FaultPoint.DataQueued,
            (int)FaultPoint.TimerExpires, (int)FaultPoint.SegmentBuilt, (int)FaultPoint.UserCall,
        ];

    private static EngineOptions Containing => new() { MaxConnectionFaults = 10 };

    [Theory]
    [MemberData(nameof(EachPoint))]
    public void A_faulty_connection_is_reset_and_the_other_continues(int point)
    {
        var pair = new TestPair(a: Containing);
        var (victim, peer) = pair.Connect();
        var (other, otherPeer) = ConnectSecond(pair);
        var injected = new InjectedFault((FaultPoint)point, victim);
        pair.A.Engine.State.Injector = injected;

        // Both directions of both connections carry data, with losses, so that every fault point is reached.
        var frames = 0;
        pair.Carries = (_, _) => ++frames % 7 != 0;
        pair.A.Engine.Send(victim, pair.A.Chain(Pattern.Bytes(50_000)), pair.Now);
        pair.B.Engine.Send(peer, pair.B.Chain(Pattern.Bytes(50_000)), pair.Now);
        pair.A.Engine.Send(other, pair.A.Chain(Pattern.Bytes(50_000)), pair.Now);
        var received = pair.Transfer(pair.B, otherPeer, pair.A, other, Pattern.Bytes(200_000));
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

        Assert.True(injected.HasFired);
        Assert.Equal(Pattern.Bytes(200_000), received);
        Assert.Equal(Pattern.Bytes(50_000), (byte[])[.. answered, .. sent]);
        Assert.Equal((TcpState.Closed, EngineError.InternalFault), (victim.State, victim.Error));
        Assert.Same(injected.Exception, victim.Fault);
        Assert.Equal(EngineError.ConnectionReset, peer.Error);
        Assert.Equal(EngineEvents.Closed, pair.A.Events.Last(e => e.Connection == victim).Events & EngineEvents.Closed);
        Assert.Equal(1, pair.A.Engine.Counters[Counter.ConnectionFaults]);
        Assert.True(pair.A.Engine.TryDequeueFault(out var fault));
        Assert.Equal((injected.Exception, victim, victim.Tuple), (fault.Exception, fault.Connection, fault.Tuple));
        Assert.False(pair.A.Engine.TryDequeueFault(out _));
        Assert.Equal(1, pair.A.Engine.ConnectionCount);
        CloseAll(pair, other, otherPeer);
    }

    [Fact]
    public void The_peer_gets_a_RST_with_acceptable_numbers()
    {
        var script = new Script(Containing, irs: Isn.BeforeWrap, iss: Isn.BeforeHalf);
        script.Accept();
        script.Engine.State.Injector = new InjectedFault(FaultPoint.SegmentArrives);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "never handled");

        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        script.ExpectNothing();
        Assert.Equal(SegmentReason.ResetFault, script.Host.Observations[^1].Reason);
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_segment_built_when_the_fault_occurs_is_not_sent()
    {
        var script = new Script(Containing, irs: Isn.BeforeWrap, iss: Isn.BeforeHalf);
        script.Accept();
        script.Engine.State.Injector = new InjectedFault(FaultPoint.SegmentBuilt);

        script.Send("never sent");

        var reset = script.Expect(TcpFlags.Rst | TcpFlags.Ack, ack: 1);
        Assert.Empty(reset.Payload);
        script.ExpectNothing();
        script.AssertNothingLeft();
    }

    [Fact]
    public void Data_queued_when_the_fault_occurs_is_not_delivered()
    {
        var script = new Script(Containing, irs: Isn.BeforeHalf, iss: Isn.BeforeWrap);
        script.Accept();
        script.Engine.State.Injector = new InjectedFault(FaultPoint.DataQueued);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "queued");

        Assert.Empty(script.Read());
        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        script.AssertNothingLeft();
    }

    /// <summary>With the FIN reported, a truncated stream would look complete.</summary>
    [Fact]
    public void An_unreported_FIN_is_replaced_by_the_fault()
    {
        var script = new Script(Containing, irs: Isn.BeforeWrap, iss: Isn.BeforeHalf);
        script.Accept();
        script.Host.DequeueEvents();
        var frame = script.Segment(TcpFlags.Ack | TcpFlags.Fin, seq: 1, ack: 1, data: "unread");
        var block = script.Host.Pool.Rent(frame.Length);
        block.Append(frame);
        Assert.False(script.Engine.OnFrame(block, script.Now));
        block.Release();

        script.Engine.ReportFault(script.Connection, new InjectedException("after data and FIN"), script.Now);

        Assert.True(script.Engine.TryDequeueEvent(out var engineEvent));
        Assert.Equal((script.Connection, EngineEvents.Closed), (engineEvent.Connection, engineEvent.Events));
        Assert.False(script.Engine.TryDequeueEvent(out _));
        Assert.Empty(script.Read());
        Assert.Equal(EngineError.InternalFault, script.Connection.Error);
    }

    /// <summary>A block that has joined a queue is abandoned with it; the device must not reuse it.</summary>
    [Fact]
    public void A_frame_kept_when_the_fault_occurs_stays_kept()
    {
        var script = new Script(
            Containing,
            link: new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true));
        script.Accept();
        script.Engine.State.Injector = new InjectedFault(FaultPoint.DataQueued);
        var header = new TcpHeader(
            script.PeerPort, script.HostPort, script.Irs + 1, script.Iss + 1, TcpFlags.Ack, 1000);
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
    public void A_faulty_half_open_connection_frees_its_place()
    {
        var script = new Script(Containing);
        script.Listen(backlog: 1);
        script.Engine.State.Injector = new InjectedFault(FaultPoint.SegmentBuilt);

        script.Inject(TcpFlags.Syn, seq: 0);

        Assert.Equal(0, script.Listener.HalfOpen);
        Assert.Equal(0, script.Engine.ConnectionCount);
        script.Expect(TcpFlags.Rst | TcpFlags.Ack, ack: 1);
        script.Inject(TcpFlags.Syn, seq: 0);
        script.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
    }

    [Fact]
    public void A_faulty_connection_in_the_accept_queue_is_not_accepted()
    {
        var script = new Script(Containing);
        script.Listen();
        script.Inject(TcpFlags.Syn, seq: 0);
        script.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        script.Engine.State.Injector = new InjectedFault(FaultPoint.SegmentArrives);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "x");

        Assert.False(script.Engine.TryAccept(script.Listener, out _));
        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_fault_in_OPEN_returns_an_error_and_opens_nothing()
    {
        var script = new Script(Containing);
        script.Engine.State.Injector = new InjectedFault(FaultPoint.UserCall);

        var error = script.Engine.Open(
            null, default, script.Peer, new Port(80), ConnectionOptions.Default, script.Now, out var connection);

        Assert.Equal((EngineError.InternalFault, null), (error, connection));
        Assert.Equal(1, script.Count(Counter.DroppedFault));
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_fault_in_SEND_leaks_no_block()
    {
        var script = new Script(Containing);
        script.Accept();
        script.Send("before");
        script.Engine.State.Injector = new InjectedFault(FaultPoint.UserCall);

        Assert.False(script.Engine.Send(script.Connection, script.Host.Chain(Pattern.Bytes(50_000)), script.Now));

        script.ExpectLast(TcpFlags.Rst | TcpFlags.Ack);
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_fault_without_a_connection_drops_the_frame_and_is_counted()
    {
        var script = new Script(Containing);
        script.Accept();
        script.Engine.State.Injector = new InjectedFault(FaultPoint.FrameParsed);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "lost");
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "again");

        Assert.Equal("again", script.Read());
        Assert.Equal((0, 1), (script.Count(Counter.ConnectionFaults), script.Count(Counter.DroppedFault)));
        Assert.True(script.Engine.TryDequeueFault(out var fault));
        Assert.Null(fault.Connection);
    }

    [Fact]
    public void A_fault_reported_by_the_caller_is_contained()
    {
        var script = new Script(Containing);
        script.Accept();

        script.Engine.ReportFault(script.Connection, new InjectedException("in the application's handler"), script.Now);

        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        Assert.Equal(EngineError.InternalFault, script.Connection.Error);
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_listener_closes_even_if_one_of_its_connections_is_broken()
    {
        var pair = new TestPair(a: Containing);
        Assert.Equal(
            EngineError.None,
            pair.A.Engine.Listen(pair.A.Address, new Port(80), null, ConnectionOptions.Default, out var listener));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(EngineError.None, pair.B.Engine.Open(
                null, default, pair.A.Address, new Port(80), ConnectionOptions.Default, pair.Now, out _));
        }

        pair.RunUntil(() => listener!.Accepted.Count == 3);
        Break(listener!.Accepted.ElementAt(1));

        pair.A.Engine.CloseListener(listener, pair.Now);
        pair.Run(TimeSpan.FromSeconds(1));

        Assert.Equal((0, 0), (pair.A.Engine.ConnectionCount, pair.B.Engine.ConnectionCount));
        Assert.Equal(1, pair.A.Engine.Counters[Counter.ConnectionFaults]);
    }

    /// <summary>The ordinary removal throws midway: the connection is removed, and its end is reported once.</summary>
    [Fact]
    public void A_connection_whose_queue_is_broken_can_be_removed()
    {
        var script = new Script(Containing);
        script.Accept();
        script.Send("unacknowledged");
        script.Host.DequeueEvents();
        Break(script.Connection);

        script.Abort();

        script.ExpectLast(TcpFlags.Rst | TcpFlags.Ack);
        script.Host.DequeueEvents();
        Assert.Single(
            script.Host.Events, e => e.Connection == script.Connection && (e.Events & EngineEvents.Closed) != 0);
        Assert.Equal(
            (0, 0, MonotonicTime.Never),
            (script.Engine.ConnectionCount, script.Engine.TimerCount, script.Engine.NextDeadline));
        Assert.Equal(1, script.Count(Counter.ConnectionFaults));
    }

    /// <summary>A circular chain is walked once; its blocks do not return to the pool.</summary>
    [Fact]
    public void A_circular_send_queue_is_abandoned()
    {
        var script = new Script(Containing);
        script.Accept();
        var chain = script.Host.Chain(Pattern.Bytes(40_000));
        script.Engine.Send(script.Connection, chain, script.Now);
        Assert.NotNull(chain.NextBlock);
        chain.NextBlock!.NextBlock = chain;

        script.Engine.ReportFault(script.Connection, new InjectedException("seen elsewhere"), script.Now);

        Assert.Equal(1, script.Host.Pool.Rented);
        Assert.NotSame(chain, script.Host.Pool.Rent());
    }

    /// <summary>Breaks the out-of-order queue so that its release throws.</summary>
    private static void Break(Tcb tcb)
    {
        var queue = new OutOfOrderQueue(null!, maxRanges: 1, maxBlocks: 1);
        typeof(OutOfOrderQueue).GetField(
            "_ranges",
            System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.SetValue(queue, null);
        tcb.OutOfOrder = queue;
    }

    private static (Tcb Server, Tcb Client) ConnectSecond(TestPair pair)
    {
        var listener = pair.A.Engine.State.Listeners.Find(pair.A.Address, new Port(80))!;
        Assert.Equal(EngineError.None, pair.B.Engine.Open(
            null, default, pair.A.Address, new Port(80), ConnectionOptions.Default, pair.Now, out var client));
        Tcb? server = null;
        pair.RunUntil(() => pair.A.Engine.TryAccept(listener, out server));
        return (server!, client!);
    }

    private static void CloseAll(TestPair pair, Tcb one, Tcb other)
    {
        pair.A.Engine.Close(one, pair.Now);
        pair.B.Engine.Close(other, pair.Now);
        pair.Run(TimeSpan.FromMinutes(3));
        foreach (var host in new[] { pair.A, pair.B })
            Assert.Equal((0, 0, 0), (host.Engine.ConnectionCount, host.Engine.TimerCount, host.Pool.Rented));
        Assert.Equal(0, pair.A.Engine.MemoryHeld);
    }
}
