using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.Tables;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Tables;

/// <summary>The table of half-open connections against a dictionary.</summary>
public class HalfOpenTableTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(63);

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 3000)]
    public void Random_changes_leave_the_table_equal_to_a_dictionary(int seed, int population)
    {
        var random = new Random(seed);
        var table = NewTable();
        var model = new Dictionary<FourTuple, HalfOpenEntry>();
        for (var i = 0; i < 20_000; i++)
        {
            var tuple = ConnectionTableTests.TupleOf(random.Next(population));
            var index = table.Find(tuple);
            Assert.Equal(model.ContainsKey(tuple), index >= 0);
            if (index >= 0)
            {
                Assert.Equal((tuple, model[tuple].Iss), (table.TupleAt(index), table.At(index).Iss));
                table.Remove(index);
                model.Remove(tuple);
            }
            else
            {
                model[tuple] = EntryOf(random.Next(1_000_000), (uint)i);
                table.Add(tuple, model[tuple]);
            }

            Assert.Equal(model.Count, table.Count);
            Assert.Equal(
                model.Count == 0 ? MonotonicTime.Never : model.Values.Min(entry => entry.Retransmission),
                table.NextDeadline);
        }

        Assert.Equal(model.Keys.ToHashSet(), table.Indices().Select(table.TupleAt).ToHashSet());
    }

    [Fact]
    public void Entries_are_due_in_order_of_retransmission_or_timeout()
    {
        var table = NewTable();
        table.Add(ConnectionTableTests.TupleOf(1), EntryOf(200, 1));
        table.Add(ConnectionTableTests.TupleOf(2), EntryOf(100, 2));
        table.Add(ConnectionTableTests.TupleOf(3), EntryOf(0, 3) with { Retransmission = MonotonicTime.Never });

        Assert.Equal(AtSeconds(-1) + Timeout, table.NextDeadline);
        Assert.Equal(-1, table.FindDue(table.NextDeadline - TimeSpan.FromTicks(1)));
        var due = new List<uint>();
        for (var index = table.FindDue(MonotonicTime.Never); index >= 0; index = table.FindDue(MonotonicTime.Never))
        {
            due.Add(table.At(index).Iss.Value);
            table.Remove(index);
        }

        Assert.Equal([3, 2, 1], due);
        Assert.Equal((0, MonotonicTime.Never), (table.Count, table.NextDeadline));
    }

    [Fact]
    public void An_entry_is_small_and_holds_no_references()
    {
        Assert.InRange(Unsafe.SizeOf<HalfOpenEntry>(), 1, 72);
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<HalfOpenEntry>());
    }

    private static HalfOpenTable NewTable() => new(new SipKey(5, 6), ConnectionTableTests.Hosts, Timeout);

    private static HalfOpenEntry EntryOf(double seconds, uint iss) => new()
    {
        Since = AtSeconds(seconds - 1),
        Retransmission = AtSeconds(seconds),
        Iss = new SeqNum(iss),
    };

    private static MonotonicTime AtSeconds(double seconds) => MonotonicTime.Zero + TimeSpan.FromSeconds(seconds);
}
