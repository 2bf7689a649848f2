using System.Diagnostics;
using UserTcp.Engine.Contract;
using UserTcp.Engine.FastOpen;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// A passive open (RFC 9293 section 3.10.1), in LISTEN. Its half-open connections and its accept queue are bounded.
/// </summary>
public sealed class Listener
{
    internal Listener(
        IpAddress localAddress, Port localPort, int backlog, ConnectionOptions options, ListenFlags flags)
    {
        Flags = flags;
        LocalAddress = localAddress;
        LocalPort = localPort;
        Backlog = backlog;
        Options = options;
    }

    /// <summary>
    /// The address listened on: 0.0.0.0 for all IPv4 addresses, :: for all addresses of both families, or of IPv6 alone
    /// (<see cref="ListenFlags.IPv6Only"/>).
    /// </summary>
    public IpAddress LocalAddress { get; }

    /// <summary>The port listened on.</summary>
    public Port LocalPort { get; }

    /// <summary>Max connections in the accept queue.</summary>
    public int Backlog { get; }

    /// <summary>The options of the connections that it accepts.</summary>
    public ConnectionOptions Options { get; }

    /// <summary>How it shares its port.</summary>
    public ListenFlags Flags { get; }

    /// <summary>True when the accept queue holds a connection.</summary>
    public bool HasPending => Accepted.Count > 0;

    /// <summary>For the engine's caller; the engine does not use it.</summary>
    public object? Owner { get; set; }

    /// <summary>The listener's number in the listener table.</summary>
    internal int Number { get; set; }

    internal bool IsClosed { get; set; }

    internal bool HasPendingEvent { get; set; }

    /// <summary>Connections of this listener in SYN-RECEIVED, without those of Fast Open.</summary>
    internal int HalfOpen
    {
        get;
        set
        {
            Debug.Assert(value >= 0, "A half-open connection has left twice.");
            field = value;
        }
    }

    /// <summary>When the last SYN cookie of this listener expires.</summary>
    internal MonotonicTime CookiesUntil { get; set; } = new(long.MinValue);

    /// <summary>Connections in SYN-RECEIVED that Fast Open has made usable.</summary>
    internal PendingFastOpens FastOpens { get; } = new();

    /// <summary>The accept queue, oldest first.</summary>
    internal Queue<Tcb> Accepted { get; } = new();

    /// <summary>True when it listens for connections to that address.</summary>
    internal bool Covers(IpAddress address) => Covers(LocalAddress, Flags, address);

    /// <summary>True when a listener on <paramref name="local"/> listens for connections to that address.</summary>
    internal static bool Covers(IpAddress local, ListenFlags flags, IpAddress address) =>
        local == address
        || (local == IpAddress.AnyIPv4 && address.IsIPv4)
        || (local == IpAddress.AnyIPv6 && !(address.IsIPv4 && (flags & ListenFlags.IPv6Only) != 0));
}

/// <summary>
/// Finds the listener for a SYN: the exact address first, then the family's wildcard, then :: for both families.
/// </summary>
internal sealed class ListenerTable
{
    // Only the application chooses the keys, so an unkeyed hash cannot be attacked from outside.
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
        return _listeners.TryGetValue((IpAddress.AnyIPv6, port), out listener) && listener.Covers(address)
            ? listener
            : null;
    }

    public bool Contains(IpAddress address, Port port) => _listeners.ContainsKey((address, port));

    /// <summary>The listener with that <see cref="Listener.Number"/>.</summary>
    public Listener At(int number) => _numbered[number]!;

    public bool TryAdd(Listener listener)
    {
        if (IsExcluded(listener.LocalAddress, listener.LocalPort, listener.Flags)
            || !_listeners.TryAdd((listener.LocalAddress, listener.LocalPort), listener))
        {
            return false;
        }

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

    /// <summary>True when a listener, or one that is open, wants their common addresses for itself.</summary>
    public bool IsExcluded(IpAddress address, Port port, ListenFlags flags)
    {
        foreach (var open in _listeners.Values)
        {
            if (open.LocalPort == port && ((open.Flags | flags) & ListenFlags.Exclusive) != 0
                && (open.Covers(address) || Listener.Covers(address, flags, open.LocalAddress)))
            {
                return true;
            }
        }

        return false;
    }
}
