using UserTcp.Engine.Contract;
using static UserTcp.Simulation.World.InvariantException;

namespace UserTcp.Simulation.World;

/// <summary>
/// Checks liveness: after healing every connection ends as planned (I16), and no state of it remains (I11, I18). Also
/// ends a run that makes no progress (I10).
/// </summary>
internal sealed class Liveness(SimulatedWorld world)
{
    private const long MaxEventsAtOneTime = 50_000;
    private const long MaxEvents = 20_000_000;

    // The maximum time between two retransmissions or zero-window probes.
    private static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(120);

    // How long after the last connection TIME-WAIT and other state may remain, beside 2 MSL.
    private static readonly TimeSpan Remainder = TimeSpan.FromMinutes(6);

    private MonotonicTime _giveUpAt = MonotonicTime.Never;
    private MonotonicTime _endAt = MonotonicTime.Never;
    private MonotonicTime _instant;
    private long _eventsBefore;
    private long _bytesBefore;

    public void Check()
    {
        CheckProgress();
        if (!world.IsHealed)
            return;
        if (_giveUpAt == MonotonicTime.Never)
            _giveUpAt = world.Now + TimeToFinish();
        if (_endAt == MonotonicTime.Never && (world.Now >= _giveUpAt || world.Flows.All(flow => flow.IsOver)))
            GiveUp();
        if (world.Now > _endAt)
            Finish();
    }

    /// <summary>Gives connections up when no event is left. True when that may have created new events.</summary>
    public bool TryContinue()
    {
        if (_endAt != MonotonicTime.Never)
            return false;
        GiveUp();
        return true;
    }

    /// <summary>Checks at the end of the run that no state remains.</summary>
    public void Finish()
    {
        foreach (var flow in world.Flows)
        {
            Require(
                flow.IsOver, "I16",
                $"{flow} does not end: client {Describe(flow.Client)}, server {Describe(flow.Server)}");
        }

        foreach (var station in world.Stations)
        {
            Require(
                station.IsEmpty, "I18",
                $"{station.Name} still has state of a connection: {(station as EngineStation)?.Leftovers()}");
        }
    }

    /// <summary>Gives up the connections with an excuse. One without an excuse breaks I16.</summary>
    private void GiveUp()
    {
        _endAt = world.Now + Remainder + (2 * Max(station => station.MaximumSegmentLifetime))
            + world.Scenario.ToServer.ReplayAge + world.Scenario.ToClient.ReplayAge;
        foreach (var flow in world.Flows.Where(flow => !flow.IsOver))
        {
            // The server has dropped the half-open connection, and a client that sends nothing does not notice.
            if (flow is
                {
                    IsAccepted: false,
                    Client.Connection: { Active.Snd.FlightSize: 0, Active.SendQueue.Length: 0 },
                })
            {
                flow.ExcuseFor("never accepted");
            }

            Require(
                flow.Excuse is not null, "I16",
                $"{flow} does not end: client {Describe(flow.Client)}, server {Describe(flow.Server)}");
            world.Act(0, () => world.Stations[0].GiveUp(flow.Client));
            world.Act(1, () => world.Stations[1].GiveUp(flow.Server));
        }
    }

    private void CheckProgress()
    {
        var events = world.Journal.Count;
        if (world.Now != _instant || world.OctetsChecked != _bytesBefore)
            (_instant, _eventsBefore, _bytesBefore) = (world.Now, events, world.OctetsChecked);
        Require(
            events - _eventsBefore < MaxEventsAtOneTime, "I10",
            $"{events - _eventsBefore} events at one time: they cause each other");
        Require(events < MaxEvents, "I10", $"{events} events: the run does not end");
    }

    private TimeSpan TimeToFinish()
    {
        var scenario = world.Scenario;
        var bytes = scenario.Connections.Sum(plan => plan.Client.Octets + plan.Server.Octets);
        var roundTrip = scenario.ToServer.Delay + scenario.ToServer.Jitter + scenario.ToClient.Delay
            + scenario.ToClient.Jitter + TimeSpan.FromMilliseconds(600);
        // The slowest transfer: one small segment per round trip.
        var smallest = scenario.Server.Model is { SmallSegments: true } ? 16 : 512;
        var perRound = Math.Min(Math.Min(scenario.Client.Mtu, scenario.Server.Mtu) - 40, smallest);
        var segments = 1
            + (scenario.Connections.Select(plan => Math.Max(plan.Client.Octets, plan.Server.Octets)).DefaultIfEmpty()
                .Max()
                / Math.Max(perRound, 8));
        var rate = Math.Min(scenario.ToServer.Rate ?? long.MaxValue, scenario.ToClient.Rate ?? long.MaxValue);
        var transfer = TimeSpan.FromSeconds(bytes * 8.0 * 8 / rate);
        return (4 * MaxTimeout) + (segments * roundTrip) + transfer
            + (2 * Max(station => station.MaximumSegmentLifetime));
    }

    private TimeSpan Max(Func<HostPlan, TimeSpan> time)
    {
        var (client, server) = (time(world.Scenario.Client), time(world.Scenario.Server));
        return client > server ? client : server;
    }

    private static string Describe(FlowEnd end) =>
        end.IsClosed
            ? $"closed ({end.Error})"
            : $"{end.Connection?.State.ToString() ?? "without connection"}, wrote {end.Written} of "
                + $"{end.Plan.Octets}, got {end.Delivered}";
}
