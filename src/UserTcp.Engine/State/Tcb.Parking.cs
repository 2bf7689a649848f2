using System.Runtime.CompilerServices;

namespace UserTcp.Engine.State;

/// <content>Parking (docs/decisions/0039): an idle connection has no <see cref="ActiveState"/>.</content>
public sealed partial class Tcb
{
    private readonly Parking _parking;
    private ActiveState? _active;
    private ParkedState _parked;

    /// <summary>The connection is idle, and takes as little memory as it can.</summary>
    internal bool IsParked => _active is null;

    /// <summary>The state, unpacked if it has to be.</summary>
    internal ActiveState Active => _active ?? Unpack();

    /// <summary>Makes the state accessible, for whoever handles the connection or looks at it.</summary>
    internal void Unpark()
    {
        if (_active is null)
            Unpack();
    }

    /// <summary>Packs the state, and gives it to the caller. False when it cannot be packed, and nothing is changed.</summary>
    internal bool TryPark([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ActiveState? released)
    {
        released = _active;
        if (released is null || !ParkedState.TryPack(released, out _parked))
            return false;
        if (released.ReceiveTuning is { } tuning)
            ColdFields.ReceiveTuning = tuning;
        if (released.Timers.Running is { } deadlines)
            ColdFields.Deadlines = deadlines;
        _active = null;
        return true;
    }

    /// <summary>Gives the state back. Nobody must use the connection any more.</summary>
    internal void ReleaseState()
    {
        if (_active is { } active)
            _parking.Return(active);
        _active = null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ActiveState Unpack()
    {
        var active = _active = _parking.Rent(this);
        _parked.Unpack(active);
        if (_coldFields is { } incidents)
        {
            (active.ReceiveTuning, active.Timers.Running) = (incidents.ReceiveTuning, incidents.Deadlines);
            (incidents.ReceiveTuning, incidents.Deadlines) = (null, null);
        }

        if (IsLive)
            _parking.Add(this);
        return active;
    }
}
