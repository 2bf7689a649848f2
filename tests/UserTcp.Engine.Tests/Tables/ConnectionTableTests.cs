using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Tables;

/// <summary>The connection table against a dictionary.</summary>
public class ConnectionTableTests
{
    private static readonly SipKey Key = new(1, 2);

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 1000)]
    [InlineData(3, 20_000)]
    public void Random_changes_leave_the_table_equal_to_a_dictionary(int seed, int population)
    {
        var random = new Random(seed);
        var table = new ConnectionTable(Key);
        var model = new Dictionary<FourTuple, Tcb>();
        for (var i = 0; i < population * 10; i++)
        {
            var tuple = TupleOf(random.Next(population));
            if (model.Remove(tuple, out var tcb))
            {
                table.Remove(tcb);
            }
            else
            {
                model.Add(tuple, tcb = NewTcb(tuple));
                table.Add(tcb);
            }

            Assert.Equal(model.Count, table.Count);
            var other = TupleOf(random.Next(population));
            Assert.Same(model.GetValueOrDefault(other), table.Find(other));
        }

        AssertSame(model, table, population);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Entries_that_collide_survive_each_others_removal(int seed)
    {
        // All entries have the same home slot, near the end of the array so that the probe sequence wraps.
        var random = new Random(seed);
        var homes = new[] { 63u, 62u, 0u };
        var colliding = Enumerable.Range(0, 100_000).Select(TupleOf)
            .Where(tuple => homes.Contains(unchecked((uint)SipHash24.Hash(Key, tuple)) & 63)).Take(40).ToList();
        for (var round = 0; round < 50; round++)
        {
            var table = new ConnectionTable(Key);
            var model = colliding.ToDictionary(tuple => tuple, tuple => NewTcb(tuple));
            foreach (var tcb in model.Values)
                table.Add(tcb);
            foreach (var tuple in colliding.OrderBy(_ => random.Next()))
            {
                table.Remove(model[tuple]);
                model.Remove(tuple);
                foreach (var other in colliding)
                    Assert.Same(model.GetValueOrDefault(other), table.Find(other));
            }
        }
    }

    [Fact]
    public void Removing_an_absent_entry_changes_nothing()
    {
        var table = new ConnectionTable(Key);
        var tcb = NewTcb(TupleOf(1));
        table.Add(tcb);
        table.Remove(NewTcb(TupleOf(1)));
        table.Remove(NewTcb(TupleOf(2)));
        Assert.Same(tcb, table.Find(TupleOf(1)));
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void Every_part_of_the_tuple_distinguishes_connections()
    {
        var table = new ConnectionTable(Key);
        var tuple = TupleOf(1);
        table.Add(NewTcb(tuple));
        Assert.Null(table.Find(tuple with { LocalPort = new Port(1) }));
        Assert.Null(table.Find(tuple with { RemotePort = new Port(1) }));
        Assert.Null(table.Find(tuple with { LocalAddress = Address("198.18.0.9") }));
        Assert.Null(table.Find(tuple with { RemoteAddress = Address("198.18.0.9") }));
        Assert.Null(table.Find(tuple.Reverse));
    }

    /// <summary>Our addresses in <see cref="TupleOf"/>.</summary>
    internal static HostAddresses Hosts { get; } = new(
        [Address("198.18.0.2"), Address("2001:db8:75::2")], new LinkProperties(LinkProperties.DefaultMtu));

    internal static FourTuple TupleOf(int number) => number % 2 == 0
        ? new FourTuple(Address("198.18.0.2"), new Port(80), Address("198.18.0.1"), new Port((ushort)(number / 2)))
        : new FourTuple(
            Address("2001:db8:75::2"), new Port(80), Address("2001:db8:75::1"), new Port((ushort)(number / 2)));

    internal static Tcb NewTcb(FourTuple tuple, TimerQueue? timers = null) => new(
        tuple, CongestionAlgorithm.NewReno, ConnectionOptions.Default, isPassive: false,
        new Parking(TimeSpan.FromSeconds(1), timers ?? new TimerQueue()));

    private static IpAddress Address(string address) => IpAddress.From(System.Net.IPAddress.Parse(address));

    private static void AssertSame(Dictionary<FourTuple, Tcb> model, ConnectionTable table, int population)
    {
        for (var number = 0; number < population; number++)
            Assert.Same(model.GetValueOrDefault(TupleOf(number)), table.Find(TupleOf(number)));
        Assert.Equal(model.Values.ToHashSet(), table.All().ToHashSet());
        foreach (var tcb in model.Values)
            table.Remove(tcb);
        Assert.Equal(0, table.Count);
        Assert.Empty(table.All());
    }
}
