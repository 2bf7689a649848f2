using System.Net;
using UserTcp.Connections;
using UserTcp.Engine.Contract;
using UserTcp.Errors;
using UserTcp.Requests;

namespace UserTcp.Listening;

/// <summary>The open listeners of one loop. Loop's thread, unless a member says otherwise.</summary>
internal sealed class LoopListeners(ConnectionHome home)
{
    private readonly HashSet<ListenerPump> _open = [];

    /// <summary>
    /// Opens the loop's part of a listener; any thread. The part, or the error, or neither when the stack is ending.
    /// </summary>
    public Task<(ListenerPump? Part, EngineError? Error)> OpenAsync(
        IPEndPoint local, int backlog, ConnectionOptions options, ListenFlags flags, AcceptQueue queue,
        bool inlineContinuations)
    {
        var call = new LoopCall<(ListenerPump?, EngineError?)>(
            turn => turn.IsStopping
                ? (null, null)
                : Open(turn, local, backlog, options, flags, queue, inlineContinuations));
        home.Mailbox.Post(call);
        return call.Result;
    }

    /// <summary>Closes a part, and waits until its port is free again; any thread.</summary>
    public Task CloseAsync(ListenerPump part)
    {
        var call = new LoopCall<bool>(
            turn =>
            {
                if (_open.Remove(part))
                    part.CloseListener(turn);
                return true;
            },
            whenEnded: static () => true);
        home.Mailbox.Post(call);
        return call.Result;
    }

    /// <summary>The stack is ending: closes all.</summary>
    public void CloseAll(EngineTurn turn)
    {
        foreach (var listener in (ListenerPump[])[.. _open])
        {
            _open.Remove(listener);
            listener.Close(turn);
        }
    }

    /// <summary>The stack has failed.</summary>
    public void FailAll(CloseReason reason)
    {
        foreach (var listener in _open)
            listener.Close(reason);
        _open.Clear();
    }

    private (ListenerPump? Part, EngineError? Error) Open(
        EngineTurn turn, IPEndPoint local, int backlog, ConnectionOptions options, ListenFlags flags,
        AcceptQueue queue, bool inlineContinuations)
    {
        var error = turn.Engine.Listen(
            Wire.IpAddress.From(local.Address), new Wire.Port((ushort)local.Port), backlog, options, out var listener,
            flags);
        if (error != EngineError.None)
            return (null, error);
        var part = new ListenerPump(home, listener!, queue, inlineContinuations);
        _open.Add(part);
        return (part, error);
    }
}
