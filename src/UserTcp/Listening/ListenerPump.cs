using System.Net;
using UserTcp.Connections;
using UserTcp.Engine.State;
using UserTcp.Errors;
using UserTcp.Requests;

namespace UserTcp.Listening;

/// <summary>
/// Carries connections of one loop's part of a listener from the engine to the accepters. Loop's thread, unless a
/// member says otherwise.
/// </summary>
internal sealed class ListenerPump : LoopRequest
{
    private readonly ConnectionHome _home;
    private readonly Listener _listener;
    private readonly AcceptQueue _queue;
    private readonly AcceptPart _part;
    private readonly bool _inlineContinuations;
    private bool _isClosed;

    public ListenerPump(ConnectionHome home, Listener listener, AcceptQueue queue, bool inlineContinuations)
    {
        _home = home;
        _listener = listener;
        _queue = queue;
        _inlineContinuations = inlineContinuations;
        LocalEndPoint = new IPEndPoint(listener.LocalAddress.ToIPAddress(), listener.LocalPort.Value);
        listener.Owner = this;
        _part = queue.AddPart(home.Mailbox, this);
    }

    /// <summary>Any thread.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Closes the engine's listener, and leaves the queue to the other loops.</summary>
    public void CloseListener(EngineTurn turn)
    {
        _isClosed = true;
        turn.Engine.CloseListener(_listener, turn.Now);
    }

    /// <summary>The stack is ending: closes the queue and the engine's listener.</summary>
    public void Close(EngineTurn turn)
    {
        _queue.Close(CloseReason.Disposed);
        CloseListener(turn);
    }

    /// <summary>The stack has failed.</summary>
    public void Close(CloseReason reason)
    {
        _isClosed = true;
        _queue.Close(reason);
    }

    /// <summary>Moves connections from the engine to the queue, as many as it wants.</summary>
    public void Fill(EngineTurn turn)
    {
        while (_queue.TryBeginFetch(_part, _listener.HasPending) && turn.Engine.TryAccept(_listener, out var tcb))
        {
            var connection = new ConnectionPump(_home, tcb!, _listener.Options, _inlineContinuations);
            _home.Ages.Begin(connection, isActive: false, turn.Now);
            if (!_queue.TryOffer(connection, _part))
                connection.Discard();
        }
    }

    /// <inheritdoc/>
    internal override void Run(EngineTurn turn)
    {
        _part.BeginFetch();
        if (!_isClosed)
            Fill(turn);
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        // The end of the stack has ended every listener already.
    }
}
