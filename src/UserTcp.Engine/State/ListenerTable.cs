using UserTcp.Wire;

namespace UserTcp.Engine.State;

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
