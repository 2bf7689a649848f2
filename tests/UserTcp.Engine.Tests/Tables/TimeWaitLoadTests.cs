using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tables;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Tables;

/// <summary>Many connections in TIME-WAIT.</summary>
public class TimeWaitLoadTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    [Fact]
    public void At_the_limit_the_oldest_entry_is_removed()
    {
        var table = NewTable(3);
        for (var i = 0; i < 3; i++)
            Assert.False(Add(table, i, At(i)));
        Assert.True(Add(table, 3, At(3)));
        Assert.Equal(3, table.Count);
        Assert.True(table.Find(TupleOf(0)) < 0);
        Assert.All([1, 2, 3], i => Assert.True(table.Find(TupleOf(i)) >= 0));

        // A restarted entry is no longer the oldest.
        table.Restart(table.Find(TupleOf(1)), At(4));
        Assert.True(Add(table, 4, At(4)));
        Assert.True(table.Find(TupleOf(1)) >= 0);
        Assert.True(table.Find(TupleOf(2)) < 0);
    }

    [Fact]
    public void Each_of_many_entries_is_found_until_its_own_expiry()
    {
        const int Count = 20_000;
        var table = NewTable(Count);
        for (var i = 0; i < Count; i++)
            Add(table, i, At(i / 1000.0));
        for (var i = 0; i < Count; i++)
            Assert.Equal(TupleOf(i), table.TupleAt(table.Find(TupleOf(i))));

        table.RemoveExpired(At(60 + 9.9995));
        Assert.Equal(Count - 9_999, table.Count);
        Assert.True(table.Find(TupleOf(9_998)) < 0);
        Assert.True(table.Find(TupleOf(9_999)) >= 0);
        Assert.Equal(Count - 9_999, table.Indices().Count());
        table.RemoveExpired(At(60 + 21));
        Assert.Equal((0, MonotonicTime.Never), (table.Count, table.NextDeadline(At(81))));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(uint.MaxValue)]
    public void The_clock_of_the_entries_may_wrap(long milliseconds)
    {
        var table = NewTable(10);
        var start = new MonotonicTime((milliseconds - 30_000) * TimeSpan.TicksPerMillisecond);
        Add(table, 1, start);
        table.RemoveExpired(start + Duration);
        Assert.Equal(1, table.Count);
        Assert.Equal(
            start + Duration + TimeSpan.FromMilliseconds(1), table.NextDeadline(start + TimeSpan.FromSeconds(31)));
        table.RemoveExpired(start + Duration + TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Random_additions_restarts_and_removals_agree_with_a_dictionary()
    {
        var random = new Random(4);
        var table = NewTable(500);
        var model = new Dictionary<int, long>();
        for (var step = 0; step < 30_000; step++)
        {
            var now = step * 10L;
            table.RemoveExpired(AtMilliseconds(now));
            foreach (var gone in model.Where(e => e.Value + 60_001 <= now).Select(e => e.Key).ToList())
                model.Remove(gone);
            var i = random.Next(1000);
            var index = table.Find(TupleOf(i));
            Assert.Equal(model.ContainsKey(i), index >= 0);
            if (index < 0)
            {
                if (model.Count == 500)
                    model.Remove(model.MinBy(e => e.Value).Key);
                Add(table, i, AtMilliseconds(now));
                model[i] = now;
            }
            else if (random.Next(2) == 0)
            {
                table.Restart(index, AtMilliseconds(now));
                model[i] = now;
            }
            else
            {
                table.Remove(index);
                model.Remove(i);
            }

            Assert.Equal(model.Count, table.Count);
        }
    }

    [Fact]
    public void Any_number_of_connections_leaves_no_more_than_the_limit()
    {
        var s = new Script(new EngineOptions { MaxTimeWait = 100 });
        s.Listen();
        for (var i = 0; i < 1000; i++)
        {
            s.PeerPort = new Port((ushort)(10_000 + i));
            s.Inject(TcpFlags.Syn, seq: 0);
            s.Expect(TcpFlags.Syn | TcpFlags.Ack);
            s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
            s.AcceptWaiting();
            s.Close();
            s.Drain();
            s.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 2);
            s.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        }

        Assert.Equal((100, 0), (s.Engine.TimeWaitCount, s.Engine.ConnectionCount));
        Assert.Equal((1000, 900), (s.Count(Counter.TimeWaits), s.Count(Counter.TimeWaitOverflows)));
        s.Pass(TimeSpan.FromSeconds(61));
        s.AssertNothingLeft();
    }

    private static TimeWaitTable NewTable(int limit) =>
        new(new SipKey(1, 2), ConnectionTableTests.Hosts, limit, Duration);

    private static MonotonicTime AtMilliseconds(long milliseconds) => new(milliseconds * TimeSpan.TicksPerMillisecond);

    private static MonotonicTime At(double seconds) => new((long)(seconds * TimeSpan.TicksPerSecond));

    private static bool Add(TimeWaitTable table, int i, MonotonicTime now) =>
        table.Add(TupleOf(i), new SeqNum(1), new SeqNum(2), 3, now);

    private static FourTuple TupleOf(int i) => new(
        IpAddress.FromIPv4(0xC612_0002), new Port(80), IpAddress.FromIPv4(0xC612_0100 + (uint)(i >> 14)),
        new Port((ushort)(1024 + (i & 0x3FFF))));
}
