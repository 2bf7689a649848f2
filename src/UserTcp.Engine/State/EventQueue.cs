using UserTcp.Engine.Contract;
using UserTcp.Engine.Udp;

namespace UserTcp.Engine.State;

/// <summary>
/// Events on their way to the application: listeners first, then UDP endpoints, then connections in turn. Several
/// events of one connection or endpoint are one.
/// </summary>
internal sealed class EventQueue
{
    private readonly Queue<Tcb> _connections = new();
    private readonly Queue<Listener> _listeners = new();
    private readonly Queue<UdpEndpoint> _endpoints = new();

    /// <summary>Connections that have ended and whose last event has not been dequeued.</summary>
    public IEnumerable<Tcb> Ended => _connections.Where(tcb => !tcb.IsLive);

    /// <summary>Adds events of a connection. Until it is accepted they wait with it.</summary>
    public void Raise(Tcb tcb, EngineEvents events)
    {
        if (tcb.IsOrphan)
            events &= EngineEvents.WritesClosed | EngineEvents.Closed;
        // SHLD-20: an application may switch soft errors off.
        if (!tcb.Options.ReportsSoftErrors)
            events &= ~EngineEvents.SoftError;
        tcb.PendingEvents |= events;
        if (tcb.PendingEvents == EngineEvents.None || tcb.HasQueuedEvent || tcb.Listener is not null)
            return;
        tcb.HasQueuedEvent = true;
        _connections.Enqueue(tcb);
    }

    /// <summary>Adds the event that a listener has a connection to accept.</summary>
    public void RaiseAcceptable(Listener listener)
    {
        if (listener.HasPendingEvent)
            return;
        listener.HasPendingEvent = true;
        _listeners.Enqueue(listener);
    }

    /// <summary>Adds events of a UDP endpoint.</summary>
    public void Raise(UdpEndpoint endpoint, EngineEvents events)
    {
        endpoint.PendingEvents |= events;
        if (endpoint.HasQueuedEvent)
            return;
        endpoint.HasQueuedEvent = true;
        _endpoints.Enqueue(endpoint);
    }

    /// <summary>Dequeues the next event. False when there is none.</summary>
    public bool TryDequeue(out EngineEvent engineEvent)
    {
        if (_listeners.TryDequeue(out var listener))
        {
            listener.HasPendingEvent = false;
            engineEvent = new EngineEvent(null, listener, EngineEvents.Acceptable);
            return true;
        }

        if (_endpoints.TryDequeue(out var endpoint))
        {
            endpoint.HasQueuedEvent = false;
            engineEvent = new EngineEvent(null, null, endpoint.PendingEvents, endpoint);
            endpoint.PendingEvents = EngineEvents.None;
            return true;
        }

        if (!_connections.TryDequeue(out var tcb))
        {
            engineEvent = default;
            return false;
        }

        tcb.HasQueuedEvent = false;
        engineEvent = new EngineEvent(tcb, null, tcb.PendingEvents);
        tcb.PendingEvents = EngineEvents.None;
        return true;
    }
}
