using System.Collections;
using System.Reflection;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Timers;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.State;

/// <summary>Parking keeps the state of an idle connection, and applies to idle connections only.</summary>
public sealed class ParkingTests
{
    // Not kept: fields without meaning while nothing is outstanding, and the place in a list. LastProgress matters to
    // orphans only, and the close sets it.
    // _since is of LimitTimes: a parked connection is limited by its application since its last ACK.
    private static readonly HashSet<string> NotKept =
        ["_small", "_up", "_fin", "_cursorSeq", "LastProgress", "Place", "_since"];

    public static TheoryData<uint, bool> Cases()
    {
        var data = new TheoryData<uint, bool>();
        foreach (var iss in new[] { 1000u, int.MaxValue - 2u, uint.MaxValue - 2u })
        {
            data.Add(iss, false);
            data.Add(iss, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("SynCookies", "never")]
    public void Parking_and_unparking_keep_every_field(uint iss, bool timestamps)
    {
        var s = Established(iss, timestamps);
        // A state that has been parked before would not show what parking loses.
        s.Host.ParksIdle = false;
        s.Inject(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1, data: "request", options: Stamp(timestamps, 2));
        s.Host.ReadAll(s.Connection, s.Now);
        s.Send(new byte[3000]);
        s.PassMilliseconds(30);
        s.Inject(TcpFlags.Ack, seq: 8, ack: 3001, window: 40_000, options: Stamp(timestamps, 3));
        s.Engine.DequeueAcknowledged(s.Connection);
        s.PassMilliseconds(900);
        Assert.False(s.Connection.IsParked);
        var before = Dump(s.Connection.Active);

        Assert.True(s.Engine.TryPark(s.Connection));

        Assert.True(s.Connection.IsParked);
        Assert.Equal(before, Dump(s.Connection.Active));
        Assert.Contains("DataReceived=7", before, StringComparison.Ordinal);
        Assert.Contains("DataAcknowledged=3000", before, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_in_flight_prevents_parking()
    {
        var s = Established();
        s.Send(new byte[10]);
        Assert.False(s.Engine.TryPark(s.Connection));
        s.Inject(TcpFlags.Ack, seq: 1, ack: 11);
        s.Engine.DequeueAcknowledged(s.Connection);
        Assert.True(s.Connection.IsParked || s.Engine.TryPark(s.Connection));
    }

    [Fact]
    public void Unread_data_prevents_parking()
    {
        var s = Established();
        s.Inject(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1, data: "unread");
        s.PassMilliseconds(1000);
        Assert.False(s.Engine.TryPark(s.Connection));
        s.Host.ReadAll(s.Connection, s.Now);
        s.PassMilliseconds(1000);
        Assert.True(s.Connection.IsParked || s.Engine.TryPark(s.Connection));
    }

    [Fact]
    public void Out_of_order_data_prevents_parking()
    {
        var s = Established();
        s.Inject(TcpFlags.Ack | TcpFlags.Psh, seq: 10, ack: 1, data: "later");
        s.PassMilliseconds(1000);
        Assert.False(s.Engine.TryPark(s.Connection));
    }

    [Fact]
    public void The_peers_FIN_prevents_parking()
    {
        var s = Established();
        s.Inject(TcpFlags.Ack | TcpFlags.Fin, seq: 1, ack: 1);
        s.PassMilliseconds(1000);
        Assert.False(s.Engine.TryPark(s.Connection));
    }

    [Fact]
    public void The_keep_alive_timer_continues_while_parked()
    {
        var s = Established(
            options: new ConnectionOptions { KeepAlive = true, KeepAliveTime = TimeSpan.FromSeconds(10) });
        Assert.True(s.Connection.IsParked || s.Engine.TryPark(s.Connection));
        s.PassMilliseconds(9_000);
        s.ExpectNothing();
        s.PassMilliseconds(2_000);
        s.Expect(TcpFlags.Ack, seq: 0, ack: 1);
    }

    [Fact]
    public void A_pass_parks_connections_idle_for_long_enough()
    {
        var s = Established();
        var engine = s.Engine;
        Assert.DoesNotContain(s.Connection, Passes(s));
        s.PassMilliseconds(1500);
        _ = s.Connection.Active.Snd.Nxt;
        Assert.Equal(1, engine.UnparkedCount);
        Assert.Contains(s.Connection, Passes(s));
        Assert.True(engine.TryPark(s.Connection));
        Assert.Equal(0, engine.UnparkedCount);
        Assert.Equal(MonotonicTime.Never, engine.NextParking);
    }

    [Fact]
    public void STATUS_leaves_a_parked_connection_parked()
    {
        var s = Established();
        Assert.True(s.Connection.IsParked || s.Engine.TryPark(s.Connection));
        Assert.NotEmpty(s.Engine.GetSnapshots(s.Now));
        s.Engine.GetSnapshot(s.Connection);
        Assert.True(s.Connection.IsParked);
    }

    [Fact]
    public void Parking_and_unparking_in_turn_allocate_nothing()
    {
        var s = Established();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                s.Engine.TryPark(s.Connection);
                _ = s.Connection.Active.Snd.Nxt;
            }
        }));
    }

    [Fact]
    public void The_list_of_active_connections_stays_in_order()
    {
        var parking = new Parking(TimeSpan.FromSeconds(1), new TimerQueue());
        var random = new Random(7);
        var tcbs = new List<Tcb>();
        for (var i = 0; i < 2000; i++)
        {
            if (tcbs.Count == 0 || random.Next(3) > 0)
            {
                var tcb = new Tcb(
                    Tables.ConnectionTableTests.TupleOf(i), CongestionAlgorithm.NewReno, ConnectionOptions.Default,
                    isPassive: false, parking);
                parking.Add(tcb);
                tcbs.Add(tcb);
            }
            else
            {
                var at = random.Next(tcbs.Count);
                parking.Remove(tcbs[at]);
                tcbs.RemoveAt(at);
            }

            Assert.Equal(tcbs.Count, parking.UnparkedCount);
            Assert.Equal(Enumerable.Range(0, tcbs.Count), tcbs.Select(tcb => tcb.Active.Place).Order());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MaxValue + 1L)]
    [InlineData(20L * 24 * 3600 * TimeSpan.TicksPerSecond)]
    public void A_time_is_packed_to_a_millisecond_or_better(long ago)
    {
        var reference = new MonotonicTime(long.MaxValue / 4);
        var time = reference - TimeSpan.FromTicks(ago);
        Assert.True(PackedTime.TryPack(time, reference, out var packed));
        Assert.InRange(
            (packed.Unpack(reference) - time).Ticks, 0, ago <= int.MaxValue ? 0 : TimeSpan.TicksPerMillisecond - 1);
    }

    [Fact]
    public void A_time_that_cannot_be_packed_is_refused()
    {
        var reference = new MonotonicTime(long.MaxValue / 4);
        Assert.False(PackedTime.TryPack(reference + TimeSpan.FromTicks(1), reference, out _));
        Assert.False(PackedTime.TryPack(reference - TimeSpan.FromDays(25), reference, out _));
        Assert.True(PackedTime.TryPack(MonotonicTime.Zero, reference, out var packed));
        Assert.Equal(MonotonicTime.Zero, packed.Unpack(reference));
    }

    private static Script Established(uint iss = 1000, bool timestamps = false, ConnectionOptions? options = null)
    {
        var s = new Script(iss: iss);
        s.Accept(
            scale: WindowScale.FromWire(3), options: options, offer: Stamp(timestamps, 1),
            roundTrip: TimeSpan.FromMilliseconds(20));
        return s;
    }

    private static TcpOptions Stamp(bool timestamps, uint value) =>
        timestamps ? new TcpOptions { Timestamps = new TcpTimestamps(value, 0) } : default;

    private static List<Tcb> Passes(Script s)
    {
        var idle = new List<Tcb>();
        for (var i = 0; i < 100 && s.Engine.TryLookForIdle(s.Now, out var tcb); i++)
        {
            if (tcb is not null)
                idle.Add(tcb);
        }

        return idle;
    }

    /// <summary>All fields, recursively.</summary>
    private static string Dump(object value, string path = "")
    {
        var lines = new List<string>();
        foreach (var field in value.GetType()
            .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (NotKept.Contains(field.Name))
                continue;
            var content = field.GetValue(value);
            if (content is not null && field.FieldType is { IsValueType: true, IsPrimitive: false, IsEnum: false }
                && content is not IEnumerable)
            {
                lines.Add(Dump(content, $"{path}{field.Name}."));
            }
            else
            {
                lines.Add($"{path}{field.Name}={content}");
            }
        }

        return string.Join('\n', lines);
    }
}
