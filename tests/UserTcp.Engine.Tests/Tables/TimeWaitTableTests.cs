using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tables;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Tables;

/// <summary>The TIME-WAIT table against a list in order of entry.</summary>
public class TimeWaitTableTests
{
    private static readonly SipKey Key = new(3, 4);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    // The clock's 32 bits of milliseconds wrap in the middle of each test.
    private MonotonicTime _now = new((uint.MaxValue - 100_000L) * TimeSpan.TicksPerMillisecond);

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 300)]
    [InlineData(3, 1000)]
    public void Random_changes_leave_the_table_equal_to_a_list_in_order_of_entry(int seed, int limit)
    {
        var random = new Random(seed);
        var table = new TimeWaitTable(Key, ConnectionTableTests.Hosts, limit, Duration);
        var model = new List<(FourTuple Tuple, MonotonicTime Since)>();
        for (var i = 0; i < 20_000; i++)
        {
            _now += TimeSpan.FromMilliseconds(random.Next(40));
            table.RemoveExpired(_now);
            model.RemoveAll(entry => _now - entry.Since > Duration);
            var tuple = ConnectionTableTests.TupleOf(random.Next(limit * 2));
            var place = model.FindIndex(entry => entry.Tuple == tuple);
            var index = table.Find(tuple);
            Assert.Equal(place >= 0, index >= 0);
            Change(table, model, tuple, place, index, limit, random.Next(3) == 0);
            Assert.Equal(model.Count, table.Count);
        }

        Assert.Equal(model.ConvertAll(entry => entry.Tuple), table.Indices().Select(table.TupleAt));
        _now += Duration + TimeSpan.FromMilliseconds(1);
        table.RemoveExpired(_now);
        Assert.Equal((0, MonotonicTime.Never), (table.Count, table.NextDeadline(_now)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6000)]
    [InlineData(9999)]
    [InlineData(1)]
    [Trait("RFC9293", "MUST-13")]
    public void An_entry_stays_for_2_MSL_and_hardly_longer(long ticks)
    {
        foreach (var duration in new[] { Duration, TimeSpan.FromTicks(15_001), TimeSpan.FromTicks(1) })
        {
            var table = new TimeWaitTable(Key, ConnectionTableTests.Hosts, 10, duration);
            _now = new MonotonicTime(((1L << 32) * TimeSpan.TicksPerMillisecond) - (duration.Ticks / 2) + ticks);
            table.Add(ConnectionTableTests.TupleOf(1), default, default, 0, _now);
            var end = _now + duration;
            table.RemoveExpired(end - TimeSpan.FromTicks(1));
            Assert.Equal(1, table.Count);
            table.RemoveExpired(end + TimeSpan.FromMilliseconds(2));
            Assert.Equal(0, table.Count);
        }
    }

    [Fact]
    public void The_max_duration_does_not_expire_at_once()
    {
        var table = new TimeWaitTable(Key, ConnectionTableTests.Hosts, 10, TimeSpan.FromDays(365));
        table.Add(ConnectionTableTests.TupleOf(1), default, default, 0, _now);
        table.RemoveExpired(_now);
        Assert.Equal(1, table.Count);
        Assert.True(table.NextDeadline(_now) > _now + TimeSpan.FromDays(24));
    }

    [Fact]
    public void At_the_next_deadline_the_oldest_entry_expires()
    {
        var table = new TimeWaitTable(Key, ConnectionTableTests.Hosts, 10, Duration);
        table.Add(ConnectionTableTests.TupleOf(1), default, default, 0, _now);
        table.Add(ConnectionTableTests.TupleOf(2), default, default, 0, _now + TimeSpan.FromSeconds(1));
        table.RemoveExpired(table.NextDeadline(_now));
        Assert.Equal(1, table.Count);
        Assert.True(table.Find(ConnectionTableTests.TupleOf(2)) >= 0);
    }

    [Fact]
    public void An_entry_keeps_the_fields_of_an_answer()
    {
        var table = new TimeWaitTable(Key, ConnectionTableTests.Hosts, 10, Duration);
        table.Add(ConnectionTableTests.TupleOf(1), new SeqNum(uint.MaxValue), new SeqNum(int.MaxValue), 77, _now);
        ref var entry = ref table.At(table.Find(ConnectionTableTests.TupleOf(1)));
        Assert.Equal(
            (uint.MaxValue, (uint)int.MaxValue, 77), (entry.SndNxt.Value, entry.RcvNxt.Value, entry.WindowField));
    }

    private void Change(
        TimeWaitTable table, List<(FourTuple Tuple, MonotonicTime Since)> model, FourTuple tuple, int place,
        int index, int limit, bool restart)
    {
        if (place < 0)
        {
            Assert.Equal(model.Count == limit, table.Add(tuple, default, default, 0, _now));
            if (model.Count == limit)
                model.RemoveAt(0);
            model.Add((tuple, _now));
            return;
        }

        model.RemoveAt(place);
        if (!restart)
        {
            table.Remove(index);
            return;
        }

        table.Restart(index, _now);
        model.Add((tuple, _now));
    }
}
