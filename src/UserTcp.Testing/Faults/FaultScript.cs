using UserTcp.Testing.Wires;

namespace UserTcp.Testing.Faults;

/// <summary>
/// The faults that a test has asked for. Each packet that leaves a host is shown to all of them, and the first one that
/// strikes decides.
/// </summary>
/// <param name="gate">Held while a packet is sent, and while the test changes a fault.</param>
/// <param name="only">The strikes that happen; null for all.</param>
internal sealed class FaultScript(Lock gate, VirtualFaultList? only)
{
    private readonly List<VirtualFault> _faults = [];
    private readonly HashSet<(int, int)>? _only = only is null ? null : [.. only.Scripted];
    private readonly Dictionary<int, int> _strikes = [];

    /// <summary>Held while a packet is sent, and while the test changes a fault.</summary>
    public Lock Gate => gate;

    /// <summary>Sends frames that a fault has held.</summary>
    public Action<HeldFrame[]> SendHeld { get; set; } = static _ => { };

    /// <summary>Called when a fault's function has thrown.</summary>
    public Action<Exception> Failed { get; set; } = static _ => { };

    /// <summary>All faults, also those that have been healed.</summary>
    public IReadOnlyList<VirtualFault> All => _faults;

    /// <summary>Every strike, for a shrinker.</summary>
    public List<(int Fault, int Strike)> Struck { get; } = [];

    /// <summary>Adds a fault.</summary>
    public VirtualFault Add(string text, FaultDecision decide, IReadOnlyList<string> hosts)
    {
        var fault = new VirtualFault(this, _faults.Count, text, decide, hosts);
        _faults.Add(fault);
        return fault;
    }

    /// <summary>What happens to a packet, and by which fault.</summary>
    public VirtualVerdict Decide(in VirtualPacket packet, out VirtualFault? striking)
    {
        striking = null;
        var verdict = VirtualVerdict.Pass;
        // A fault may add others or heal itself.
        for (var i = 0; i < _faults.Count; i++)
        {
            var fault = _faults[i];
            if (fault.IsHealed || Ask(fault, packet) is not { Kind: not VerdictKind.Pass } wanted)
                continue;
            // Each one is numbered, also when another fault strikes: a shrinker that leaves that one out finds the same
            // numbers.
            var strike = _strikes.GetValueOrDefault(fault.Number);
            _strikes[fault.Number] = strike + 1;
            if (striking is not null || _only?.Contains((fault.Number, strike)) == false)
                continue;
            (verdict, striking) = (wanted, fault);
            Struck.Add((fault.Number, strike));
        }

        return verdict;
    }

    /// <summary>A function that throws ends the test, and not the stack that sends the packet.</summary>
    private VirtualVerdict Ask(VirtualFault fault, in VirtualPacket packet)
    {
        try
        {
            return fault.Decide(packet);
        }
        catch (Exception error)
        {
            Failed(new VirtualNetworkException(
                VirtualFailureKind.FaultThrew,
                $"The function of the fault \"{fault.Text}\" has thrown {error.GetType().Name}: {error.Message}. "
                + "Correct it: it must return a verdict for every packet.",
                error));
            return VirtualVerdict.Pass;
        }
    }
}
