using System.Runtime.CompilerServices;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.State;

/// <summary>
/// Lends connections their <see cref="ActiveState"/>. One that has been idle for a while is parked: what it still needs is packed into the
/// TCB, and the state serves another. Whatever touches a parked connection unparks it, so nothing else knows the difference.
/// </summary>
/// <param name="parkAfter">How long a connection is idle before it is parked.</param>
/// <param name="timers">Where the timers of connections are queued.</param>
internal sealed class Parking(TimeSpan parkAfter, TimerQueue timers)
{
    public const int Nowhere = -1;

    /// <summary>States kept for the next connection that needs one: parking and unparking in turn allocate nothing.</summary>
    private const int MaxSpare = 1024;

    private readonly Stack<ActiveState> _spare = new();
    private readonly List<Tcb> _unparked = [];
    private int _hand;
    private MonotonicTime _nextPass;

    /// <summary>Connections in the tables that are not parked.</summary>
    public int UnparkedCount => _unparked.Count;

    /// <summary>When the next pass over the connections that are not parked begins, or goes on; never while there are none.</summary>
    public MonotonicTime NextPass => _unparked.Count == 0 ? MonotonicTime.Never : _nextPass;

    /// <summary>A state that is as new.</summary>
    public ActiveState Rent(Tcb tcb)
    {
        var active = _spare.TryPop(out var spare) ? spare : new ActiveState();
        active.Timers = new ConnectionTimers(tcb, timers);
        return active;
    }

    /// <summary>Takes a state back. Nobody may be using it.</summary>
    public void Return(ActiveState active)
    {
        if (_spare.Count >= MaxSpare)
            return;
        active.Clear();
        _spare.Push(active);
    }

    /// <summary>The connection is in the tables now. It must not be parked.</summary>
    public void Add(Tcb tcb)
    {
        tcb.Active.Place = _unparked.Count;
        _unparked.Add(tcb);
    }

    /// <summary>The connection leaves the tables; its state remains with it.</summary>
    public void Remove(Tcb tcb)
    {
        if (tcb.IsParked || tcb.Active.Place == Nowhere)
            return;
        CloseGap(tcb.Active.Place);
        tcb.Active.Place = Nowhere;
    }

    /// <summary>
    /// Goes on with the pass that is due: looks at one connection, and takes it when it has been idle for long enough. False when no pass
    /// is due any more.
    /// </summary>
    public bool TryLook(MonotonicTime now, out Tcb? idle)
    {
        idle = null;
        if (now < NextPass)
            return false;
        // From the end on, for parking moves the last one into the gap.
        if (--_hand < 0 || _hand >= _unparked.Count)
            _hand = _unparked.Count - 1;
        var tcb = _unparked[_hand];
        if (IsIdle(tcb.Active, now))
            idle = tcb;
        if (_hand == 0)
            _nextPass = now + parkAfter;
        return true;
    }

    /// <summary>Parks a connection. False when it has something to do, or to tell its user.</summary>
    public bool TryPark(Tcb tcb)
    {
        if (tcb.IsParked || !tcb.IsLive || tcb.State != TcpState.Established || tcb.IsOrphan || tcb.FinQueued || tcb.HasQueuedOutput
            || tcb.HasQueuedEvent || tcb.PendingEvents != EngineEvents.None)
            return false;
        var place = tcb.Active.Place;
        if (!tcb.TryPark(out var released))
            return false;
        CloseGap(place);
        Return(released);
        return true;
    }

    /// <summary>Moves the last connection of the list to a place whose own leaves it.</summary>
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
