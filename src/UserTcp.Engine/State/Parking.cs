using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>
/// Parks idle connections: packs the state of each into its <see cref="Tcb"/> and lends the <see cref="ActiveState"/>
/// to another connection. Any access to a parked connection unparks it, so the rest of the engine need not know.
/// </summary>
/// <param name="parkAfter">How long a connection is idle before it is parked.</param>
/// <param name="timers">The timer queue.</param>
internal sealed class Parking(TimeSpan parkAfter, TimerQueue timers)
{
    public const int Nowhere = -1;

    /// <summary>Spare states, so that parking and unparking in turn allocate nothing.</summary>
    private const int MaxSpare = 1024;

    private readonly Stack<ActiveState> _spare = new();
    private readonly List<Tcb> _unparked = [];
    private int _hand;
    private MonotonicTime _nextPass;

    /// <summary>Connections in the tables that are not parked.</summary>
    public int UnparkedCount => _unparked.Count;

    /// <summary>
    /// When the pass over the connections that are not parked begins or continues; never while there are none.
    /// </summary>
    public MonotonicTime NextPass => _unparked.Count == 0 ? MonotonicTime.Never : _nextPass;

    /// <summary>Lends a cleared state.</summary>
    public ActiveState Rent(Tcb tcb)
    {
        var active = _spare.TryPop(out var spare) ? spare : new ActiveState();
        active.Timers = new ConnectionTimers(tcb, timers);
        return active;
    }

    /// <summary>Returns a state that nothing refers to any more.</summary>
    public void Return(ActiveState active)
    {
        if (_spare.Count >= MaxSpare)
            return;
        active.Clear();
        _spare.Push(active);
    }

    /// <summary>Adds a connection that has entered the tables, or was unparked.</summary>
    public void Add(Tcb tcb)
    {
        tcb.Active.Place = _unparked.Count;
        _unparked.Add(tcb);
    }

    /// <summary>Removes a connection that leaves the tables. It keeps its state.</summary>
    public void Remove(Tcb tcb)
    {
        if (tcb.IsParked || tcb.Active.Place == Nowhere)
            return;
        CloseGap(tcb.Active.Place);
        tcb.Active.Place = Nowhere;
    }

    /// <summary>
    /// Continues the pass that is due: examines one connection, and returns it in <paramref name="idle"/> when it has
    /// been idle for long enough. False when no pass is due.
    /// </summary>
    public bool TryLook(MonotonicTime now, out Tcb? idle)
    {
        idle = null;
        if (now < NextPass)
            return false;
        // From the end to the start, since parking moves the last connection into the gap.
        if (--_hand < 0 || _hand >= _unparked.Count)
            _hand = _unparked.Count - 1;
        var tcb = _unparked[_hand];
        if (IsIdle(tcb.Active, now))
            idle = tcb;
        if (_hand == 0)
            _nextPass = now + parkAfter;
        return true;
    }

    /// <summary>Parks a connection. False when it is not idle or has an event for the application.</summary>
    public bool TryPark(Tcb tcb)
    {
        if (tcb.IsParked || !tcb.IsLive || tcb.State != TcpState.Established || tcb.IsOrphan || tcb.FinQueued
            || tcb.HasQueuedOutput || tcb.HasQueuedEvent || tcb.PendingEvents != EngineEvents.None)
        {
            return false;
        }

        var place = tcb.Active.Place;
        if (!tcb.TryPark(out var released))
            return false;
        CloseGap(place);
        Return(released);
        return true;
    }

    /// <summary>Moves the last connection of the list to a place that becomes free.</summary>
    private void CloseGap(int place)
    {
        var last = _unparked[^1];
        _unparked.RemoveAt(_unparked.Count - 1);
        if (place == _unparked.Count)
            return;
        _unparked[place] = last;
        last.Active.Place = place;
    }

    private bool IsIdle(ActiveState active, MonotonicTime now) => active.Listener is null &&
        now - active.LastAckReceived >= parkAfter && now - active.LastDataSent >= parkAfter;
}

/// <content>Parking (docs/decisions/0039): an idle connection has no <see cref="ActiveState"/>.</content>
public sealed partial class Tcb
{
    private readonly Parking _parking;
    private ActiveState? _active;
    private ParkedState _parked;

    /// <summary>
    /// The connection is parked: it has a <see cref="ParkedState"/> and no <see cref="ActiveState"/>.
    /// </summary>
    internal bool IsParked => _active is null;

    /// <summary>The active state. Reading it unparks the connection.</summary>
    internal ActiveState Active => _active ?? Unpack();

    /// <summary>Unparks the connection, if it is parked.</summary>
    internal void Unpark()
    {
        if (_active is null)
            Unpack();
    }

    /// <summary>
    /// Packs the state and releases it to the caller. False without a change when it cannot be packed.
    /// </summary>
    internal bool TryPark([NotNullWhen(true)] out ActiveState? released)
    {
        released = _active;
        if (released is null || !ParkedState.TryPack(released, out _parked))
            return false;
        if (released.ReceiveTuning is { } tuning)
            ColdFields.ReceiveTuning = tuning;
        if (released.Timers.Running is { } deadlines)
            ColdFields.Deadlines = deadlines;
        if (released.Limit.IsWorthKeeping)
            ColdFields.LimitTimes = released.Limit;
        _active = null;
        return true;
    }

    /// <summary>Returns the state of a connection that is not used any more.</summary>
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
        if (_coldFields is { } cold)
        {
            (active.ReceiveTuning, active.Timers.Running) = (cold.ReceiveTuning, cold.Deadlines);
            active.Limit = cold.LimitTimes ?? active.Limit;
            (cold.ReceiveTuning, cold.Deadlines, cold.LimitTimes) = (null, null, null);
        }

        if (IsLive)
            _parking.Add(this);
        return active;
    }
}
