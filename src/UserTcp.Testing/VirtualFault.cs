using UserTcp.Testing.Faults;
using UserTcp.Testing.Wires;

namespace UserTcp.Testing;

/// <summary>
/// A fault that a test asks for. It lasts until it is disposed of or the network ends. A fault that has never struck
/// fails the test, unless it is <see cref="Optional"/>.
/// </summary>
public sealed class VirtualFault : IDisposable
{
    private readonly FaultScript _script;
    private readonly FaultDecision _decide;
    private readonly List<VirtualStrike> _strikes = [];
    private readonly List<HeldFrame> _held = [];

    internal VirtualFault(
        FaultScript script, int number, string text, FaultDecision decide, IReadOnlyList<string> hosts)
    {
        _script = script;
        Hosts = hosts;
        _decide = decide;
        Number = number;
        Text = text;
    }

    /// <summary>The rule, or the name of the function that decides.</summary>
    public string Text { get; }

    /// <summary>True when the fault need not strike.</summary>
    public bool IsOptional { get; private set; }

    /// <summary>The packets that it has struck, in order.</summary>
    public IReadOnlyList<VirtualStrike> Strikes
    {
        get
        {
            lock (_script.Gate)
                return [.. _strikes];
        }
    }

    /// <summary>Packets that it holds back now.</summary>
    public int Held => _held.Count;

    /// <summary>The hosts that it names.</summary>
    internal IReadOnlyList<string> Hosts { get; }

    /// <summary>Which fault of the network it is, from 0.</summary>
    internal int Number { get; }

    /// <summary>True from <see cref="Dispose"/> on.</summary>
    internal bool IsHealed { get; private set; }

    /// <summary>Packets that it has looked at: for the message that it has never struck.</summary>
    internal long Seen { get; private set; }

    /// <summary>Lets the test pass though the fault never strikes. Returns the fault.</summary>
    public VirtualFault Optional()
    {
        IsOptional = true;
        return this;
    }

    /// <summary>Sends what it holds back, in the order in which it was held.</summary>
    public void Release()
    {
        lock (_script.Gate)
        {
            if (_held.Count == 0)
                return;
            _script.SendHeld([.. _held]);
            _held.Clear();
        }
    }

    /// <summary>Ends the fault, and sends what it holds back.</summary>
    public void Dispose()
    {
        lock (_script.Gate)
        {
            IsHealed = true;
            Release();
        }
    }

    /// <summary>The rule.</summary>
    public override string ToString() => Text;

    internal VirtualVerdict Decide(in VirtualPacket packet)
    {
        Seen++;
        return _decide(packet);
    }

    internal void Record(VirtualStrike strike) => _strikes.Add(strike);

    internal void Hold(HeldFrame frame) => _held.Add(frame);
}
