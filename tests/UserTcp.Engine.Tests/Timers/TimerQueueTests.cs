using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Tables;

namespace UserTcp.Engine.Tests.Timers;

/// <summary>The heap of deadlines against a sorted list, and the timers of one connection.</summary>
public class TimerQueueTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 100)]
    [InlineData(3, 2000)]
    public void Timers_set_moved_or_stopped_expire_when_due_and_not_before(int seed, int count)
    {
        var random = new Random(seed);
        var queue = new TimerQueue();
        var connections = Enumerable.Range(0, count)
            .Select(i => ConnectionTableTests.NewTcb(ConnectionTableTests.TupleOf(i), queue))
            .ToArray();
        var now = MonotonicTime.Zero;
        for (var i = 0; i < 50_000; i++)
        {
            var tcb = connections[random.Next(count)];
            if (random.Next(5) == 0)
            {
                queue.Remove(tcb);
                Assert.Null(tcb.Timers.Running);
            }
            else
            {
                for (var changes = 1 + random.Next(4); changes > 0; changes--)
                    Change(random, ref tcb.Timers, now);
                queue.Update(tcb);
            }

            AssertQueued(tcb);
            if (random.Next(20) == 0)
                now = Expire(queue, connections, now, now + TimeSpan.FromTicks(random.Next(300)));
        }

        now = Expire(queue, connections, now, now + TimeSpan.FromTicks(2000));
        Assert.Equal((0, MonotonicTime.Never), (queue.Count, queue.NextDeadline));
    }

    [Fact]
    public void Connections_expire_in_order_of_their_deadlines()
    {
        var random = new Random(9);
        var queue = new TimerQueue();
        for (var i = 0; i < 1000; i++)
        {
            var tcb = ConnectionTableTests.NewTcb(ConnectionTableTests.TupleOf(i), queue);
            tcb.Timers.Set(TcbTimer.Persist, new MonotonicTime(random.Next(500)));
            queue.Update(tcb);
        }

        var last = MonotonicTime.Zero;
        for (var i = 0; i < 1000; i++)
        {
            var next = queue.NextDeadline;
            Assert.True(next >= last);
            Assert.True(queue.TryDequeueDue(next, out var due));
            Assert.Equal(next, due.Timers[TcbTimer.Persist]);
            last = next;
        }

        Assert.False(queue.TryDequeueDue(MonotonicTime.Never, out _));
    }

    [Fact]
    public void A_deadline_moved_later_reads_no_other_timer()
    {
        var queue = new TimerQueue();
        var tcb = ConnectionTableTests.NewTcb(ConnectionTableTests.TupleOf(1), queue);
        tcb.Timers.Set(TcbTimer.Retransmission, new MonotonicTime(10));
        queue.Update(tcb);
        var running = tcb.Timers.Running!;
        Assert.Equal(MonotonicTime.Never, running.EarliestSet);
        tcb.Timers.Set(TcbTimer.Retransmission, new MonotonicTime(50));
        queue.Update(tcb);
        // An update that reads all timers would have reset it.
        Assert.Equal((new MonotonicTime(50), new MonotonicTime(10)), (running.EarliestSet, running.QueuedFor));
    }

    [Fact]
    public void A_deadline_moved_later_is_checked_once_at_its_old_time()
    {
        var queue = new TimerQueue();
        var tcb = ConnectionTableTests.NewTcb(ConnectionTableTests.TupleOf(1), queue);
        tcb.Timers.Set(TcbTimer.Retransmission, new MonotonicTime(10));
        queue.Update(tcb);
        tcb.Timers.Set(TcbTimer.Retransmission, new MonotonicTime(50));
        queue.Update(tcb);
        Assert.Equal(new MonotonicTime(10), queue.NextDeadline);
        Assert.False(queue.TryDequeueDue(new MonotonicTime(49), out _));
        Assert.Equal((1, new MonotonicTime(50)), (queue.Count, queue.NextDeadline));
        Assert.True(queue.TryDequeueDue(new MonotonicTime(50), out var due));
        Assert.Same(tcb, due);
    }

    [Fact]
    public void Each_timer_of_a_connection_is_independent()
    {
        var timers = new ConnectionTimers { Running = new Deadlines() };
        Assert.Equal(MonotonicTime.Never, timers.Earliest);
        timers.Running[TcbTimer.Retransmission] = new MonotonicTime(30);
        timers.Running[TcbTimer.DelayedAck] = new MonotonicTime(10);
        timers.Running[TcbTimer.GiveUp] = new MonotonicTime(20);
        Assert.Equal(new MonotonicTime(10), timers.Earliest);
        Assert.False(timers.TryExpire(TcbTimer.DelayedAck, new MonotonicTime(9)));
        Assert.True(timers.TryExpire(TcbTimer.DelayedAck, new MonotonicTime(10)));
        Assert.False(timers.TryExpire(TcbTimer.DelayedAck, new MonotonicTime(11)));
        Assert.False(timers.TryExpire(TcbTimer.Persist, new MonotonicTime(1000)));
        Assert.Equal((true, false), (timers.IsRunning(TcbTimer.GiveUp), timers.IsRunning(TcbTimer.DelayedAck)));
        Assert.Equal(new MonotonicTime(20), timers.Earliest);
        timers.Running.StopAll();
        Assert.Equal(MonotonicTime.Never, timers.Earliest);
    }

    [Fact]
    public void A_connection_without_timers_has_no_deadlines_and_rearming_allocates_nothing()
    {
        var queue = new TimerQueue();
        var tcb = ConnectionTableTests.NewTcb(ConnectionTableTests.TupleOf(1), queue);
        var now = MonotonicTime.Zero;
        Assert.Equal(0, Allocations.Of(Rearm));

        void Rearm()
        {
            tcb.Timers.Set(TcbTimer.Retransmission, now += TimeSpan.FromTicks(10));
            queue.Update(tcb);
            tcb.Timers.Stop(TcbTimer.Retransmission);
            queue.Update(tcb);
            if (queue.TryDequeueDue(now, out _) || tcb.Timers.Running is not null)
                Assert.Fail("The connection has no timer left.");
        }
    }

    private static void Change(Random random, ref ConnectionTimers timers, MonotonicTime now)
    {
        var timer = (TcbTimer)random.Next(4);
        if (random.Next(4) == 0)
            timers.Stop(timer);
        else
            timers.Set(timer, now + TimeSpan.FromTicks(1 + random.Next(1000)));
    }

    /// <summary>Asserts that a connection with timers is queued for its earliest deadline or before it.</summary>
    private static void AssertQueued(Tcb tcb)
    {
        if (tcb.Timers.Running is not { } running)
            return;
        Assert.NotEqual(Deadlines.NotQueued, running.Place);
        Assert.True(running.QueuedFor <= running.Earliest, "queued for too late a time");
    }

    /// <summary>Asserts that exactly the due connections expire, each once.</summary>
    private static MonotonicTime Expire(TimerQueue queue, Tcb[] connections, MonotonicTime before, MonotonicTime now)
    {
        Assert.True(queue.NextDeadline <= connections.Min(tcb => tcb.Timers.Earliest));
        Assert.True(queue.NextDeadline > before);
        var expected = connections.Where(tcb => tcb.Timers.Earliest <= now).ToHashSet();
        while (queue.TryDequeueDue(now, out var due))
        {
            Assert.True(expected.Remove(due), "not due, or twice");
            for (var timer = TcbTimer.Retransmission; timer <= TcbTimer.GiveUp; timer++)
                due.Timers.TryExpire(timer, now);
            queue.Update(due);
            AssertQueued(due);
        }

        Assert.Empty(expected);
        return now;
    }
}
