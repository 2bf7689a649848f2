using System.Diagnostics;
using UserTcp.Engine.Contract;
using UserTcp.Engine.FastOpen;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>A passive open (RFC 9293 section 3.10.1): a TCB in LISTEN with its half-open and accept queues, both bounded.</summary>
public sealed class Listener
{
    internal Listener(IpAddress localAddress, Port localPort, int backlog, ConnectionOptions options)
    {
        LocalAddress = localAddress;
        LocalPort = localPort;
        Backlog = backlog;
        Options = options;
    }

    /// <summary>The address listened on; unspecified means every address (:: of both families).</summary>
    public IpAddress LocalAddress { get; }

    /// <summary>The port listened on.</summary>
    public Port LocalPort { get; }

    /// <summary>Established connections that may wait to be accepted.</summary>
    public int Backlog { get; }

    /// <summary>What the accepted connections start with.</summary>
    public ConnectionOptions Options { get; }

    /// <summary>Whatever the engine's user wants to find here; the engine does not look at it.</summary>
    public object? Owner { get; set; }

    /// <summary>Its number in the listener table while it is there.</summary>
    internal int Number { get; set; }

    internal bool IsClosed { get; set; }

    internal bool HasPendingEvent { get; set; }

    /// <summary>Connections in SYN-RECEIVED that this listener made.</summary>
    internal int HalfOpen
    {
        get;
        set
        {
            Debug.Assert(value >= 0, "A half-open connection has left twice.");
            field = value;
        }
    }

    /// <summary>Until when an ACK may bring back a SYN cookie of this listener's.</summary>
    internal MonotonicTime CookiesUntil { get; set; } = new(long.MinValue);

    /// <summary>Those of them that are used already.</summary>
    internal PendingFastOpens FastOpens { get; } = new();

    /// <summary>Connections made by this listener that nobody has accepted yet, oldest first.</summary>
    internal Queue<Tcb> Accepted { get; } = new();
}

/// <summary>Finds the listener for a SYN: the exact address first, then the family's wildcard, then :: for both families.</summary>
internal sealed class ListenerTable
{
    // Keys come from the local user alone, so an unkeyed hash cannot be attacked from outside.
    private readonly Dictionary<(IpAddress Address, Port Port), Listener> _listeners = [];
    private readonly List<Listener?> _numbered = [];

    public int Count => _listeners.Count;

    public IEnumerable<Listener> All => _listeners.Values;

    public Listener? Find(IpAddress address, Port port)
    {
        if (_listeners.TryGetValue((address, port), out var listener))
            return listener;
        if (address.IsIPv4 && _listeners.TryGetValue((IpAddress.AnyIPv4, port), out listener))
            return listener;
        return _listeners.GetValueOrDefault((IpAddress.AnyIPv6, port));
    }

    public bool Contains(IpAddress address, Port port) => _listeners.ContainsKey((address, port));

    /// <summary>The listener with that <see cref="Listener.Number"/>.</summary>
    public Listener At(int number) => _numbered[number]!;

    public bool TryAdd(Listener listener)
    {
        if (!_listeners.TryAdd((listener.LocalAddress, listener.LocalPort), listener))
            return false;
        listener.Number = _numbered.IndexOf(null);
        if (listener.Number < 0)
        {
            listener.Number = _numbered.Count;
            _numbered.Add(null);
        }

        _numbered[listener.Number] = listener;
        return true;
    }

    public void Remove(Listener listener)
    {
        if (_listeners.Remove((listener.LocalAddress, listener.LocalPort)))
            _numbered[listener.Number] = null;
    }
}
