using System.Runtime.InteropServices;
using UserTcp.Impairment;
using UserTcp.Testing.Faults;
using UserTcp.Testing.Running;
using UserTcp.Testing.Time;
using UserTcp.Wire;

namespace UserTcp.Testing.Wires;

/// <summary>
/// The wires of a network, and what happens to a packet on its way onto the first of them: the script's faults, and the
/// trace.
/// </summary>
/// <param name="world">What moves the network.</param>
/// <param name="trace">What happened.</param>
/// <param name="names">The hosts' names.</param>
/// <param name="script">The faults that the test asks for.</param>
/// <param name="options">The network's options.</param>
internal sealed class Cabling(
    World world, VirtualTrace trace, HostNames names, FaultScript script, VirtualNetworkOptions options)
{
    /// <summary>Max strikes that are kept.</summary>
    private const int MaxStrikes = 100_000;

    private readonly Dictionary<IpAddress, Wire> _first = [];
    private readonly List<Fault> _chances = [];
    private readonly List<VirtualStrike> _strikes = [];
    private readonly Dictionary<IpAddress, long> _sent = [];
    private long _sending;
    private int _wires;

    /// <summary>What every fault has done, chances included, in order.</summary>
    public IReadOnlyList<VirtualStrike> Strikes => _strikes;

    /// <summary>The faults that wires gave by chance.</summary>
    public IReadOnlyList<Fault> Chances => _chances;

    /// <summary>Crashes the host of a name.</summary>
    public Action<string> Crash { get; set; } = static _ => { };

    /// <summary>A wire to a host or a switch. Without a seed of its own its faults follow from the network's.</summary>
    public Wire CreateWire(LinkImpairment impairment, string name, IFrameSink end, bool isFromHost = false)
    {
        var struck = new List<Fault>();
        var link = ImpairedLink.ForFlows(Seed(impairment), _wires++, options.Only?.Chances, struck);
        return new Wire(world, link, struck, end, name, OnChance) { IsFromHost = isFromHost };
    }

    /// <summary>Gives an impairment without a seed of its own that of the network.</summary>
    public LinkImpairment Seed(LinkImpairment impairment) =>
        impairment.Seed == 0 ? impairment with { Seed = options.Seed } : impairment;

    /// <summary>The wire that a host's packets leave on.</summary>
    public void Connect(IpAddress source, Wire wire) => _first[source] = wire;

    /// <summary>Sends a packet that a host has made.</summary>
    public void Send(ReadOnlySpan<byte> frame)
    {
        _sending = CountPacket(frame);
        try
        {
            Decide(frame);
        }
        finally
        {
            _sending = 0;
        }
    }

    private void Decide(ReadOnlySpan<byte> frame)
    {
        var packet = new VirtualPacket(frame, world.Clock.Elapsed, names);
        var verdict = script.Decide(packet, out var fault);
        trace.AddFrame(frame);
        if (fault is not null)
            Record(new VirtualStrike(world.Clock.Elapsed, fault.Text, packet.ToString()), fault);
        switch (verdict.Kind)
        {
            case VerdictKind.Pass:
                Forward(frame);
                break;
            case VerdictKind.Duplicate:
                Forward(frame);
                _sending = 0;
                Forward(frame);
                break;
            case VerdictKind.Corrupt:
                ForwardCorrupted(frame);
                break;
            case VerdictKind.Hold:
                fault!.Hold(frame.ToArray());
                break;
            case VerdictKind.Delay:
                ForwardLater([frame.ToArray()], verdict.Time);
                break;
            case VerdictKind.Crash:
                CrashSoon(verdict.Host!);
                break;
        }
    }

    /// <summary>Sends a packet over the first wire of its sender.</summary>
    public void Forward(ReadOnlySpan<byte> frame)
    {
        if (IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _)
            && _first.TryGetValue(packet.Source, out var wire))
        {
            wire.Send(frame);
        }
    }

    private void ForwardCorrupted(ReadOnlySpan<byte> frame)
    {
        var copy = frame.ToArray();
        copy[^1] ^= 1;
        Forward(copy);
    }

    /// <summary>Sends packets as the network's driver, after a time.</summary>
    public void ForwardLater(byte[][] frames, TimeSpan delay) => Later(
        () =>
        {
            foreach (var frame in frames)
                Forward(frame);
        },
        delay);

    /// <summary>The host's loop is in the midst of a turn: it crashes when the turn is over.</summary>
    private void CrashSoon(string host) => Later(() => Crash(host), TimeSpan.Zero);

    private void Later(Action action, TimeSpan delay) => _ = world.Clock.CreateTimer(
        TimerKind.Driver,
        _ =>
        {
            lock (world.Gate)
                action();
        },
        null, delay, Timeout.InfiniteTimeSpan);

    private void OnChance(Wire wire, ReadOnlySpan<byte> frame, Fault fault)
    {
        if (_chances.Count < MaxStrikes)
            _chances.Add(fault);
        var packet = new VirtualPacket(frame, world.Clock.Elapsed, names).ToString();
        Record(
            new VirtualStrike(
                world.Clock.Elapsed, $"{fault.Kind.ToString().ToLowerInvariant()} {wire.Name}",
                packet, RuleFor(fault, wire)),
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

    /// <summary>Which packet of its sender's it is, from 1.</summary>
    private long CountPacket(ReadOnlySpan<byte> frame) =>
        IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _)
            ? CollectionsMarshal.GetValueRefOrAddDefault(_sent, packet.Source, out _) += 1
            : 0;

    /// <summary>
    /// The rule that does to the packet what chance did; null when there is none: rules see packets when they leave a
    /// host.
    /// </summary>
    private string? RuleFor(Fault fault, Wire wire)
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
        return action is null || _sending == 0 || !wire.IsFromHost
            ? null
            : FormattableString.Invariant($"{action} packet:{_sending} {wire.Name}");
    }
}
