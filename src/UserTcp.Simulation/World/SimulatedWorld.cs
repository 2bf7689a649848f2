using UserTcp.Engine.Contract;
using UserTcp.Impairment;
using UserTcp.Wire;

namespace UserTcp.Simulation.World;

/// <summary>
/// Two hosts, two links, and a clock that jumps to the next event. The first violation ends the run.
/// </summary>
internal sealed class SimulatedWorld
{
    public static readonly Port ServerPort = new(80);

    private const string Receives = "receives";

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(1000);

    private readonly Scenario _scenario;
    private readonly SimulationOptions _options;
    private readonly Journal _journal;
    private readonly List<Fault> _faults = [];
    private readonly ImpairedLink[] _links;
    private readonly Station[] _stations;
    private readonly MonotonicTime[] _timerDue = [MonotonicTime.Never, MonotonicTime.Never];
    private readonly MonotonicTime[] _deadlines = [MonotonicTime.Never, MonotonicTime.Never];
    private readonly PriorityQueue<Action, (long Time, long Order)> _agenda = new();
    private readonly Dictionary<(Port Port, SeqNum Iss), Flow> _opened = [];
    private readonly bool[] _reportsMtu = new bool[2];
    private long _order;
    private long _ticks;
    private TimeSpan _jumped;

    public SimulatedWorld(Scenario scenario, SimulationOptions options)
    {
        _scenario = scenario;
        _options = options;
        _journal = new Journal(options.Trace);
        Now = new MonotonicTime(StartTime.Ticks);
        Flows = [.. scenario.Connections.Select(plan => new Flow(plan, scenario.Seed))];
        _links = [Link(scenario.ToServer, 0, scenario.Server.Batch), Link(scenario.ToClient, 1, scenario.Client.Batch)];
        _links[0].PairWith(_links[1]);
        _links[0].Observer = options.Trace is null ? null : new VerdictTrace(this);
        var (client, server) = scenario.IPv6
            ? (IpAddress.ReadIPv6(IPv6(1)), IpAddress.ReadIPv6(IPv6(2)))
            : (IpAddress.FromIPv4(0xC612_0001), IpAddress.FromIPv4(0xC612_0002));
        _stations =
        [
            new EngineStation(this, scenario.Client, 0, client, server),
            scenario.Server.Model is { } model
                ? new ModelStation(this, scenario.Server, model, server)
                : new EngineStation(this, scenario.Server, 1, server, client),
        ];
    }

    public MonotonicTime Now { get; private set; }

    public Scenario Scenario => _scenario;

    public SimulationOptions Options => _options;

    public IReadOnlyList<Flow> Flows { get; }

    public IReadOnlyList<Station> Stations => _stations;

    public Journal Journal => _journal;

    public Tally Tally { get; } = new();

    public bool IsHealed { get; private set; }

    public long OctetsChecked { get; set; }

    private TimeSpan Elapsed => Now - new MonotonicTime(StartTime.Ticks);

    public SimulationReport Run()
    {
        try
        {
            Prepare();
            RunToEnd();
            return Report(null);
        }
        catch (InvariantException exception)
        {
            return Report(new Violation(exception.Invariant, exception.Message, Elapsed, _journal.Count));
        }
        catch (Exception exception)
        {
            // I14: nothing may throw.
            var where = exception.StackTrace?.Split('\n').FirstOrDefault()?.Trim();
            return Report(new Violation(
                "I14", $"{exception.GetType().Name}: {exception.Message} {where}", Elapsed, _journal.Count));
        }
    }

    /// <summary>Schedules an action.</summary>
    public void Schedule(TimeSpan after, Action action) => _agenda.Enqueue(action, ((Now + after).Ticks, _order++));

    /// <summary>The random number of a decision.</summary>
    public ulong Decide(int decision, long index) => SplitMix64.Hash(_scenario.Seed, (ulong)decision, index, 0);

    /// <summary>Sends a frame of a host over its link.</summary>
    public void Send(Station from, ReadOnlySpan<byte> frame)
    {
        _journal.Frame(Now, from.Name, "sends", frame, isNoted: from is not EngineStation);
        if (_options.TamperFrame is { } tamper)
            frame = tamper(from.Index, frame.ToArray());
        var link = _links[from.Index];
        if (link.Offer(frame, Now))
            return;
        Tally.Add(_reportsMtu[from.Index] ? Happening.PacketTooBig : Happening.BlackHole);
        if (_reportsMtu[from.Index])
            SendPacketTooBig(from, frame, link.Mtu!.Value);
    }

    /// <summary>Delivers a frame to a host.</summary>
    public void Deliver(Station to, ReadOnlySpan<byte> frame, string how = Receives)
    {
        _journal.Frame(Now, to.Name, how, frame, isNoted: to is not EngineStation || how != Receives);
        to.Receive(frame);
        AfterEvent(to);
    }

    public void OnOpened(Flow flow, Port port, SeqNum iss) => _opened[(port, iss)] = flow;

    /// <summary>The flow whose client sent this SYN; null for none (I12).</summary>
    public Flow? Opened(Port port, SeqNum iss) => _opened.GetValueOrDefault((port, iss));

    private static byte[] IPv6(byte last) => [0x20, 0x01, 0x0d, 0xb8, 0, 0x75, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];

    private ImpairedLink Link(LinkImpairment impairment, int index, TimeSpan batch) =>
        new(impairment, index, _scenario.Faults)
        {
            Batch = batch,
            FaultLog = _options.RecordsFaults ? _faults : null,
        };

    private void Prepare()
    {
        foreach (var flow in Flows)
            Schedule(flow.Plan.Start, () => Act(0, () => _stations[0].Open(flow)));
        foreach (var incident in _scenario.Incidents)
            Schedule(incident.At < _scenario.HealAt ? incident.At : _scenario.HealAt, () => Begin(incident));
        if (_scenario.AttacksPerSecond > 0)
            new Adversary(this, _scenario.AttacksPerSecond).Begin();
        Schedule(_scenario.HealAt, Heal);
    }

    /// <summary>Runs an action of an application, and the turn of its host.</summary>
    public void Act(int station, Action action)
    {
        _journal.Note(Now, _stations[station].Name, "acts", isNoted: _stations[station] is not EngineStation);
        action();
        AfterEvent(_stations[station]);
    }

    private void RunToEnd()
    {
        var liveness = new Liveness(this);
        while (true)
        {
            var next = NextEvent();
            if (next == MonotonicTime.Never)
            {
                if (!liveness.TryContinue())
                    break;
                continue;
            }

            if (next > Now)
                Now = next;
            liveness.Check();
            RunAgenda();
            for (var i = 0; i < 2; i++)
                RunArrivals(i);
            for (var i = 0; i < 2; i++)
                RunTimers(_stations[i]);
            if (IsHealed && Flows.All(flow => flow.IsOver) && _stations.All(station => station.IsEmpty)
                && _links.All(link => link.IsEmpty))
            {
                break;
            }
        }

        liveness.Finish();
    }

    private MonotonicTime NextEvent()
    {
        var next = _agenda.TryPeek(out _, out var at) ? new MonotonicTime(at.Time) : MonotonicTime.Never;
        for (var i = 0; i < 2; i++)
            next = MonotonicTime.Min(next, MonotonicTime.Min(_links[i].NextArrival, _timerDue[i]));
        return next;
    }

    private void RunAgenda()
    {
        while (_agenda.TryPeek(out var action, out var at) && at.Time <= Now.Ticks)
        {
            _agenda.Dequeue();
            action();
        }
    }

    private void RunArrivals(int link)
    {
        while (_links[link].TryDequeue(Now, out var frame))
        {
            Deliver(_stations[1 - link], frame);
            _links[link].Return(frame);
        }
    }

    private void RunTimers(Station station)
    {
        if (_timerDue[station.Index] > Now)
            return;
        _journal.Note(Now, station.Name, "timer", isNoted: station is not EngineStation);
        _deadlines[station.Index] = _timerDue[station.Index] = MonotonicTime.Never;
        station.OnTimer();
        AfterEvent(station);
    }

    private void AfterEvent(Station station)
    {
        station.Turn();
        var deadline = station.NextDeadline;
        if (deadline == _deadlines[station.Index])
            return;
        _deadlines[station.Index] = deadline;
        _timerDue[station.Index] = deadline == MonotonicTime.Never ? deadline : deadline + Lateness(station);
    }

    private TimeSpan Lateness(Station station)
    {
        if (IsHealed || station.Plan.LateTicks == TimeSpan.Zero)
            return TimeSpan.Zero;
        Tally.Add(Happening.LateTimer);
        return new TimeSpan(SplitMix64.ToRange(Decide(station.Index + 10, _ticks++), station.Plan.LateTicks.Ticks));
    }

    private void Heal()
    {
        _journal.Note(Now, "world", "healed");
        IsHealed = true;
        for (var i = 0; i < 2; i++)
        {
            _links[i].IsHealed = true;
            _links[i].IsDown = false;
            _links[i].Mtu = null;
            var station = _stations[i];
            Act(i, station.OnHealed);
        }
    }

    private void Begin(Incident incident)
    {
        _journal.Note(Now, "world", incident.Kind.ToString());
        var link = _links[incident.Target & 1];
        switch (incident.Kind)
        {
            case IncidentKind.Partition:
                link.IsDown = true;
                Schedule(incident.Length, () => link.IsDown = false);
                break;
            case IncidentKind.BlackHole or IncidentKind.PacketTooBig:
                _reportsMtu[incident.Target & 1] = incident.Kind == IncidentKind.PacketTooBig;
                link.Mtu = IsHealed ? null : incident.Amount;
                Schedule(incident.Length, () => link.Mtu = null);
                break;
            case IncidentKind.ClockJump:
                Jump(incident.Length);
                break;
            case IncidentKind.Restart:
                Tally.Add(Happening.Restart);
                foreach (var flow in Flows.Where(flow => flow.Client.Connection is not null || flow.IsAccepted))
                    flow.ExcuseFor("host restarted");
                Act(incident.Target & 1, _stations[incident.Target & 1].Restart);
                break;
            case IncidentKind.ListenerPause:
                Tally.Add(Happening.ListenerPause);
                Act(1, () => _stations[1].PauseListener(incident.Length));
                break;
        }
    }

    /// <summary>
    /// Jumps the clock, as when a machine slept, if hosts and links are idle. Otherwise every connection would rightly
    /// time out.
    /// </summary>
    private void Jump(TimeSpan length)
    {
        if (!_links.All(link => link.IsEmpty) || !_stations.All(station => station is EngineStation { IsIdle: true }))
            return;
        Tally.Add(Happening.ClockJump);
        Now += length;
        _jumped += length;
    }

    private void SendPacketTooBig(Station sender, ReadOnlySpan<byte> frame, int mtu)
    {
        var error = sender.Address.IsIPv4
            ? Frames.IcmpError(
                IcmpV4.DestinationUnreachable, IcmpV4.CodeFragmentationNeeded, (uint)mtu, frame,
                _stations[1 - sender.Index].Address, sender.Address)
            : Frames.IcmpError(
                IcmpV6.PacketTooBig, 0, (uint)mtu, frame, _stations[1 - sender.Index].Address, sender.Address);
        Schedule(TimeSpan.FromMilliseconds(1), () => Deliver(sender, error));
    }

    private SimulationReport Report(Violation? violation)
    {
        foreach (var link in _links)
        {
            link.Clear();
            Tally.Add(link.Counters);
        }

        return new SimulationReport
        {
            Violation = violation,
            Simulated = Elapsed - _jumped,
            Events = _journal.Count,
            OctetsChecked = OctetsChecked,
            Completed = Flows.Count(flow => flow is { IsOver: true, Excuse: null }),
            Excused = Flows.Count(flow => flow.Excuse is not null),
            Victims = Flows.Count(flow => flow.IsVictim),
            EventHash = _journal.Hash,
            Faults = _faults,
            Happenings = Tally.ToDictionary(),
        };
    }
}
