using UserTcp.Engine.Contract;
using static UserTcp.Simulation.World.InvariantException;

namespace UserTcp.Simulation.World;

/// <summary>
/// Liveness (I16): once all is healed, every connection comes to its planned end, and at last nothing is left of any (I11, I18).
/// Also the end of a run that goes round in circles (I10).
/// </summary>
internal sealed class TimeLimits(SimulatedWorld world)
{
    private const long MostEventsAtOnce = 50_000;
    private const long MostEvents = 20_000_000;

    // The longest wait between two retransmissions or probes, and how many of them may be needed.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(6);

    private MonotonicTime _giveUpAt = MonotonicTime.Never;
    private MonotonicTime _endAt = MonotonicTime.Never;
    private MonotonicTime _instant;
    private long _eventsBefore;
    private long _octetsBefore;

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

    /// <summary>Nothing will happen any more by itself. True when giving some connections up has changed that.</summary>
    public bool TryGoOn()
    {
        if (_endAt != MonotonicTime.Never)
            return false;
        GiveUp();
        return true;
    }

    /// <summary>The run is over: nothing may be left.</summary>
    public void Finish()
    {
        foreach (var flow in world.Flows)
            Require(flow.IsOver, "I16", $"{flow} does not end: client {Describe(flow.Client)}, server {Describe(flow.Server)}");
        foreach (var station in world.Stations)
            Require(station.IsEmpty, "I18", $"{station.Name} still has something of a connection: {(station as EngineStation)?.Leftovers()}");
    }

    /// <summary>Those with an excuse are given up; the others have had their time.</summary>
    private void GiveUp()
    {
        _endAt = world.Now + Rest + (2 * Longest(station => station.MaximumSegmentLifetime)) + world.Scenario.ToServer.ReplayAge + world.Scenario.ToClient.ReplayAge;
        foreach (var flow in world.Flows.Where(flow => !flow.IsOver))
        {
            // The server has forgotten a handshake that did not complete, and a client with nothing to say cannot know.
            if (flow is { IsAccepted: false, Client.Connection: { Active.Snd.FlightSize: 0, Active.SendQueue.Length: 0 } })
                flow.ExcuseFor("never accepted");
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
        if (world.Now != _instant || world.OctetsChecked != _octetsBefore)
            (_instant, _eventsBefore, _octetsBefore) = (world.Now, events, world.OctetsChecked);
        Require(events - _eventsBefore < MostEventsAtOnce, "I10", $"{events - _eventsBefore} events at one moment: they answer each other");
        Require(events < MostEvents, "I10", $"{events} events: no end in sight");
    }

    private TimeSpan TimeToFinish()
    {
        var scenario = world.Scenario;
        var octets = scenario.Connections.Sum(plan => plan.Client.Octets + plan.Server.Octets);
        var roundTrip = scenario.ToServer.Delay + scenario.ToServer.Jitter + scenario.ToClient.Delay + scenario.ToClient.Jitter + TimeSpan.FromMilliseconds(600);
        // The slowest way there is: one small segment for each round trip.
        var min = scenario.Server.Model is { SmallSegments: true } ? 16 : 512;
        var perRound = Math.Min(Math.Min(scenario.Client.Mtu, scenario.Server.Mtu) - 40, min);
        var segments = (scenario.Connections.Select(plan => Math.Max(plan.Client.Octets, plan.Server.Octets)).DefaultIfEmpty().Max() / Math.Max(perRound, 8)) + 1;
        var rate = Math.Min(scenario.ToServer.Rate ?? long.MaxValue, scenario.ToClient.Rate ?? long.MaxValue);
        var transfer = TimeSpan.FromSeconds(octets * 8.0 * 8 / rate);
        return (4 * LongestTimeout) + (segments * roundTrip) + transfer + (2 * Longest(station => station.MaximumSegmentLifetime));
    }

    private TimeSpan Longest(Func<HostPlan, TimeSpan> time)
    {
        var (client, server) = (time(world.Scenario.Client), time(world.Scenario.Server));
        return client > server ? client : server;
    }

    private static string Describe(FlowEnd end) =>
        end.IsClosed ? $"closed ({end.Error})" : $"{end.Connection?.State.ToString() ?? "without connection"}, wrote {end.Written} of {end.Plan.Octets}, got {end.Delivered}";
}
