using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>Lends <see cref="Flight"/>s, so that nothing is allocated as connections come to rest and wake again.</summary>
internal sealed class FlightPool
{
    private const int MaxSpare = 256;

    private readonly Stack<Flight> _spare = new();

    public Flight Rent(SeqNum una, long delivered, MonotonicTime now)
    {
        var flight = _spare.TryPop(out var spare) ? spare : new Flight();
        flight.Begin(una, delivered, now);
        return flight;
    }

    public void Return(Flight flight)
    {
        if (_spare.Count < MaxSpare && flight.Board.IsSmall)
            _spare.Push(flight);
    }
}
