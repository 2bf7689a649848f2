using UserTcp.Impairment;
using UserTcp.Testing.Faults;
using UserTcp.Testing.Running;
using UserTcp.Testing.Time;

namespace UserTcp.Testing.Wires;

/// <summary>
/// The wires of a network, and what happens to a packet on its way onto the first of them: the script's faults, and the
/// trace.
/// </summary>
/// <param name="world">What moves the network.</param>
/// <param name="trace">What happened.</param>
/// <param name="names">The hosts' names.</param>
/// <param name="script">The faults that the test asks for.</param>
/// <param name="drops">What was dropped for another reason.</param>
/// <param name="options">The network's options.</param>
internal sealed class Cabling(
    World world, VirtualTrace trace, HostNames names, FaultScript script, DropLog drops,
    VirtualNetworkOptions options)
{
    /// <summary>Max strikes that are kept.</summary>
    private const int MaxStrikes = 100_000;

    private readonly List<Fault> _chances = [];
    private readonly List<VirtualStrike> _strikes = [];
    private int _wires;

    /// <summary>What every fault has done, chances included, in order.</summary>
    public IReadOnlyList<VirtualStrike> Strikes => _strikes;

    /// <summary>The faults that wires gave by chance.</summary>
    public IReadOnlyList<Fault> Chances => _chances;

    /// <summary>Crashes a host, or its application, as a fault says.</summary>
    public Action<VirtualFault, VirtualVerdict> Crash { get; set; } = static (_, _) => { };

    /// <summary>A wire to a host or a switch. Without a seed of its own its faults follow from the network's.</summary>
    public Wire CreateWire(LinkImpairment impairment, string name, IFrameSink end)
    {
        var struck = new List<Fault>();
        var link = ImpairedLink.ForFlows(Seed(impairment), _wires++, options.OnlyFaults?.Chances, struck);
        return new Wire(world, link, struck, end, name, OnChance, drops.Add);
    }

    /// <summary>Gives an impairment without a seed of its own that of the network.</summary>
    public LinkImpairment Seed(LinkImpairment impairment) =>
        impairment.Seed == 0 ? impairment with { Seed = options.Seed } : impairment;

    /// <summary>Sends a packet that a host has made, over the first wire of the host's packets.</summary>
    public void Send(Wire wire, ReadOnlySpan<byte> frame)
    {
        var number = wire.Count();
        var packet = new VirtualPacket(frame, world.Clock.Elapsed, names);
        var verdict = script.Decide(packet, out var fault);
        trace.AddFrame(frame);
        if (fault is not null)
            Record(new VirtualStrike(world.Clock.Elapsed, fault.Text, packet.ToString()), fault);
        switch (verdict.Kind)
        {
            case VerdictKind.Pass:
                wire.Send(frame, number);
                break;
            case VerdictKind.Duplicate:
                wire.Send(frame);
                wire.Send(frame);
                break;
            case VerdictKind.Corrupt:
                SendCorrupted(wire, frame);
                break;
            case VerdictKind.Hold:
                fault!.Hold(new HeldFrame(wire, frame.ToArray()));
                break;
            case VerdictKind.Delay:
                SendLater([new HeldFrame(wire, frame.ToArray())], verdict.Time);
                break;
            case VerdictKind.Kill:
                wire.Send(frame, number);
                CrashSoon(fault!, verdict);
                break;
            case VerdictKind.Crash:
                CrashSoon(fault!, verdict);
                break;
        }
    }

    /// <summary>Sends packets as the network's driver, after a time.</summary>
    public void SendLater(HeldFrame[] frames, TimeSpan delay) => Later(
        () =>
        {
            foreach (var frame in frames)
                frame.Wire.Send(frame.Bytes);
        },
        delay);

    /// <summary>Does something as the network's driver, after a time.</summary>
    public void Later(Action action, TimeSpan delay) => _ = world.Clock.CreateTimer(
        TimerKind.Driver,
        _ =>
        {
            lock (world.Gate)
                action();
        },
        null, delay, Timeout.InfiniteTimeSpan);

    /// <summary>The test itself has crashed a host, or killed its application: no rule says it.</summary>
    public void RecordCrash(string what)
    {
        if (_strikes.Count < MaxStrikes)
            _strikes.Add(new VirtualStrike(world.Clock.Elapsed, what, VirtualStrike.ByTest));
    }

    private static void SendCorrupted(Wire wire, ReadOnlySpan<byte> frame)
    {
        var copy = frame.ToArray();
        copy[^1] ^= 1;
        wire.Send(copy);
    }

    /// <summary>The host's loop is in the midst of a turn: it crashes when the turn is over.</summary>
    private void CrashSoon(VirtualFault fault, VirtualVerdict verdict) =>
        Later(() => Crash(fault, verdict), TimeSpan.Zero);

    private void OnChance(Wire wire, ReadOnlySpan<byte> frame, long number, Fault fault)
    {
        if (_chances.Count < MaxStrikes)
            _chances.Add(fault);
        var packet = new VirtualPacket(frame, world.Clock.Elapsed, names).ToString();
        Record(
            new VirtualStrike(
                world.Clock.Elapsed, $"{fault.Kind.ToString().ToLowerInvariant()} {wire.Name}",
                packet, RuleFor(fault, wire, number)),
            fault: null);
    }

    private void Record(VirtualStrike strike, VirtualFault? fault)
    {
        if (_strikes.Count < MaxStrikes)
        {
            _strikes.Add(strike);
            fault?.Record(strike);
        }

        trace.Add($"  struck by: {strike.Fault}");
    }

    /// <summary>
    /// The rule that does to the packet what chance did; null when there is none: rules see packets when they leave a
    /// host.
    /// </summary>
    private static string? RuleFor(Fault fault, Wire wire, long number)
    {
        var action = fault.Kind switch
        {
            FaultKind.Loss => "drop",
            FaultKind.Duplicate => "duplicate",
            FaultKind.Corrupt => "corrupt",
            FaultKind.Reorder => FormattableString.Invariant(
                $"delay {TimeSpan.FromTicks(fault.Amount).TotalMicroseconds:F0}us"),
            _ => null,
        };
        return action is null || number == 0
            ? null
            : FormattableString.Invariant($"{action} packet:{number} {wire.Name}");
    }
}
