namespace UserTcp.Connections;

/// <summary>Every connection that the engine may still report on, orphans included. Loop's thread only.</summary>
internal sealed class ConnectionRegistry
{
    private ConnectionPump? _first;

    /// <summary>Adds a connection.</summary>
    public void Add(ConnectionPump pump)
    {
        pump.Following = _first;
        if (_first is not null)
            _first.Previous = pump;
        _first = pump;
    }

    /// <summary>Removes a connection that is in the registry.</summary>
    public void Remove(ConnectionPump pump)
    {
        if (pump.Previous is not null)
            pump.Previous.Following = pump.Following;
        else
            _first = pump.Following;
        if (pump.Following is not null)
            pump.Following.Previous = pump.Previous;
        pump.Previous = pump.Following = null;
    }

    /// <summary>Does something to every connection, which may remove itself thereby.</summary>
    public void ForEach<TArgument>(Action<ConnectionPump, TArgument> action, TArgument argument)
    {
        for (var pump = _first; pump is not null;)
        {
            var following = pump.Following;
            action(pump, argument);
            pump = following;
        }
    }
}
