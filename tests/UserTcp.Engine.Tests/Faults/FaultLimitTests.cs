using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Faults;

/// <summary>What is not contained: faults in what connections share, faults on top of faults, and too many of them.</summary>
public class FaultLimitTests
{
    [Fact]
    public void With_no_faults_allowed_the_first_one_fails_the_engine_as_it_is()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 0 });
        script.Accept();
        var planted = new PlantedFault(FaultPoint.SegmentArrives);
        script.Engine.State.Injector = planted;

        Assert.Same(planted.Exception, Assert.Throws<PlantedException>(() => script.Inject(TcpFlags.Ack, seq: 1, ack: 1)));
    }

    [Fact]
    public void One_more_than_the_limit_within_a_minute_fails_the_engine()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 3 });
        for (var i = 0; i < 3; i++)
            script.Engine.ReportFault(null, new PlantedException("early"), script.Now);
        script.PassMilliseconds(59_999);

        var failure = Assert.Throws<EngineFaultException>(() => script.Engine.ReportFault(null, new PlantedException("the last straw"), script.Now));

        Assert.IsType<PlantedException>(failure.InnerException);
        Assert.Contains("More than 3 faults within a minute (MaxConnectionFaults)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("the last straw", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_is_for_each_minute()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 3 });
        for (var minute = 0; minute < 5; minute++)
        {
            for (var i = 0; i < 3; i++)
                script.Engine.ReportFault(null, new PlantedException("now and then"), script.Now);
            script.PassMilliseconds(60_000);
        }

        Assert.Equal(15, script.Count(Counter.DroppedFault));
    }

    [Fact]
    public void Reports_that_nobody_takes_are_bounded_and_all_are_counted()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 5000 });
        for (var i = 0; i < 5000; i++)
            script.Engine.ReportFault(null, new PlantedException("again"), script.Now);

        var reports = 0;
        while (script.Engine.TryDequeueFault(out _))
            reports++;

        Assert.Equal((64, 5000), (reports, script.Count(Counter.DroppedFault)));
    }

    /// <summary>The heap of timers is left half changed: what it holds of others cannot be trusted.</summary>
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

    /// <summary>A lookup that throws has found nobody to pay for it.</summary>
    [Fact]
    public void A_fault_in_a_table_fails_the_engine()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 10 });
        script.Accept();
        typeof(ConnectionTable).GetField("_slots", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .SetValue(script.Engine.State.Connections, null);

        Assert.Throws<NullReferenceException>(() => script.Host.Receive(script.Segment(TcpFlags.Ack, seq: 1, ack: 1), script.Now));
        Assert.Equal((0, 0), (script.Count(Counter.ConnectionFaults), script.Count(Counter.DroppedFault)));
    }

    [Fact]
    public void A_second_fault_while_the_victim_is_removed_fails_the_engine()
    {
        var script = new Script(new EngineOptions { MaxConnectionFaults = 10 });
        script.Accept();
        script.Send("starts a timer");
        var planted = new PlantedFault(FaultPoint.SegmentArrives);
        script.Engine.State.Injector = planted;
        // The removal has to take it out of the heap.
        script.Connection.Timers.Running!.Place = 1_000_000;

        var failure = Assert.Throws<EngineFaultException>(() => script.Inject(TcpFlags.Ack, seq: 1, ack: 1));

        var faults = Assert.IsType<AggregateException>(failure.InnerException).InnerExceptions;
        Assert.Equal([typeof(PlantedException), typeof(IndexOutOfRangeException)], faults.Select(fault => fault.GetType()));
        // Nothing is contained from then on.
        Assert.Throws<PlantedException>(() => script.Engine.ReportFault(null, new PlantedException("later"), script.Now));
    }

    [Fact]
    public void An_engine_with_a_broken_connection_gives_back_what_the_others_hold()
    {
        var pair = new TestPair(a: new EngineOptions { MaxConnectionFaults = 10 });
        var (server, client) = pair.Connect();
        pair.A.Engine.Send(server, pair.A.Chain(Octets.Of(100_000)), pair.Now);
        pair.B.Engine.Send(client, pair.B.Chain(Octets.Of(100_000)), pair.Now);
        pair.Run(TimeSpan.FromMilliseconds(20));
        server.SendQueue.Append(new TornChain(pair.A.Pool).MakeBlock());

        pair.A.Engine.Dispose();

        Assert.Equal(0, pair.A.Engine.ConnectionCount);
    }

    [Fact]
    public void A_share_of_an_engine_has_a_part_of_the_limit()
    {
        Assert.Equal(250, new EngineOptions().For(new EngineShare(0, 4)).MaxConnectionFaults);
        Assert.Equal(0, new EngineOptions { MaxConnectionFaults = 0 }.For(new EngineShare(0, 4)).MaxConnectionFaults);
    }

    /// <summary>A block of a pool that refuses to take it back.</summary>
    private sealed class TornChain(BlockPool inner) : BlockPool
    {
        public Block MakeBlock()
        {
            var block = Create(StandardSize);
            // Too much to be copied behind what is there.
            block.End = 3000;
            return block;
        }

        public override int Rented => inner.Rented;

        public override Block Rent(int minimumSize = StandardSize) => throw new NotSupportedException();

        protected internal override void Return(Block block) => throw new PlantedException("not mine");
    }
}
