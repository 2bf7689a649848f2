using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Faults;

/// <summary>
/// Faults that are not contained: in shared structures, during the removal of a connection, and beyond the limit.
/// </summary>
public class FaultLimitTests
{
    [Fact]
    public void With_a_limit_of_zero_the_first_fault_is_rethrown()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 0 });
        script.Accept();
        var fault = new InjectedFault(FaultPoint.SegmentArrives);
        script.Engine.State.Injector = fault;

        Assert.Same(
            fault.Exception, Assert.Throws<InjectedException>(() => script.Inject(TcpFlags.Ack, seq: 1, ack: 1)));
    }

    [Fact]
    public void More_faults_than_the_limit_within_a_minute_fail_the_engine()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 3 });
        for (var i = 0; i < 3; i++)
            script.Engine.ReportFault(null, new InjectedException("early"), script.Now);
        script.PassMilliseconds(59_999);

        var failure = Assert.Throws<EngineFaultException>(() =>
            script.Engine.ReportFault(null, new InjectedException("the last straw"), script.Now));

        Assert.IsType<InjectedException>(failure.InnerException);
        Assert.Contains(
            "More than 3 faults within a minute (MaxConnectionFaults)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("the last straw", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_is_per_minute()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 3 });
        for (var minute = 0; minute < 5; minute++)
        {
            for (var i = 0; i < 3; i++)
                script.Engine.ReportFault(null, new InjectedException("now and then"), script.Now);
            script.PassMilliseconds(60_000);
        }

        Assert.Equal(15, script.Count(Counter.DroppedFault));
    }

    [Fact]
    public void Unread_reports_are_bounded_and_all_faults_counted()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 5000 });
        for (var i = 0; i < 5000; i++)
            script.Engine.ReportFault(null, new InjectedException("again"), script.Now);

        var reports = 0;
        while (script.Engine.TryDequeueFault(out _))
            reports++;

        Assert.Equal((64, 5000), (reports, script.Count(Counter.DroppedFault)));
    }

    /// <summary>The fault leaves the timer heap half changed, with the deadlines of all connections.</summary>
    [Fact]
    public void A_fault_in_the_timer_heap_fails_the_engine()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 10 });
        script.Accept();
        script.Send("starts a timer");
        script.Connection.Timers.Running!.Place = 1_000_000;

        Assert.Throws<IndexOutOfRangeException>(script.Abort);
        Assert.Equal(0, script.Count(Counter.ConnectionFaults));
    }

    /// <summary>A lookup that throws concerns no connection that could be removed.</summary>
    [Fact]
    public void A_fault_in_a_table_fails_the_engine()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 10 });
        script.Accept();
        typeof(ConnectionTable).GetField(
            "_slots", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .SetValue(script.Engine.State.Connections, null);

        Assert.Throws<NullReferenceException>(() =>
            script.Host.Receive(script.Segment(TcpFlags.Ack, seq: 1, ack: 1), script.Now));
        Assert.Equal((0, 0), (script.Count(Counter.ConnectionFaults), script.Count(Counter.DroppedFault)));
    }

    [Fact]
    public void A_second_fault_while_the_victim_is_removed_fails_the_engine()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 10 });
        script.Accept();
        script.Send("starts a timer");
        var fault = new InjectedFault(FaultPoint.SegmentArrives);
        script.Engine.State.Injector = fault;
        // The removal takes the connection out of the heap.
        script.Connection.Timers.Running!.Place = 1_000_000;

        var failure = Assert.Throws<EngineFaultException>(() => script.Inject(TcpFlags.Ack, seq: 1, ack: 1));

        var faults = Assert.IsType<AggregateException>(failure.InnerException).InnerExceptions;
        Assert.Equal(
            [typeof(InjectedException), typeof(IndexOutOfRangeException)], faults.Select(fault => fault.GetType()));
        // A failed engine contains nothing.
        Assert.Throws<InjectedException>(() =>
            script.Engine.ReportFault(null, new InjectedException("later"), script.Now));
    }

    [Fact]
    public void Dispose_releases_the_blocks_of_the_healthy_connections()
    {
        var pair = new TestPair(a: new EngineOptions { MaxConnectionFaults = 10 });
        var (server, client) = pair.Connect();
        pair.A.Engine.Send(server, pair.A.Chain(Pattern.Bytes(100_000)), pair.Now);
        pair.B.Engine.Send(client, pair.B.Chain(Pattern.Bytes(100_000)), pair.Now);
        pair.Run(TimeSpan.FromMilliseconds(20));
        server.SendQueue.Append(new TornChain(pair.A.Pool).MakeBlock());

        pair.A.Engine.Dispose();

        Assert.Equal(0, pair.A.Engine.ConnectionCount);
    }

    [Fact]
    public void Each_engine_of_a_host_has_its_share_of_the_limit()
    {
        Assert.Equal(250, new EngineOptions().For(new EngineShare(0, 4)).MaxConnectionFaults);
        Assert.Equal(0, new EngineOptions { MaxConnectionFaults = 0 }.For(new EngineShare(0, 4)).MaxConnectionFaults);
    }

    /// <summary>A block whose pool throws on its return.</summary>
    private sealed class TornChain(BlockPool inner) : BlockPool
    {
        public Block MakeBlock()
        {
            var block = Create(StandardSize);
            // Too long to be copied behind the data in the queue.
            block.End = 3000;
            return block;
        }

        public override int Rented => inner.Rented;

        public override Block Rent(int minimumSize = StandardSize) => throw new NotSupportedException();

        protected internal override void Return(Block block) => throw new InjectedException("not mine");
    }
}
