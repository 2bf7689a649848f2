using System.Net;
using UserTcp.Connections;
using UserTcp.Engine;
using UserTcp.Loop;

namespace UserTcp.Listening;

/// <summary>Carries one loop's part of a listener between the engine and the application. Loop's thread, where nothing else is said.</summary>
internal sealed class ListenerPump : LoopRequest
{
    private readonly StackLoop _loop;
    private readonly Listener _listener;
    private readonly AcceptQueue _queue;
    private readonly bool _inlineContinuations;
    private int _isQueued;

    public ListenerPump(StackLoop loop, Listener listener, AcceptQueue queue, bool inlineContinuations)
    {
        _loop = loop;
        _listener = listener;
        _queue = queue;
        _inlineContinuations = inlineContinuations;
        LocalEndPoint = new IPEndPoint(listener.LocalAddress.ToIPAddress(), listener.LocalPort.Value);
        listener.Owner = this;
        queue.Add(this);
    }

    /// <summary>Any thread.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Its connections in the queue; only the queue touches it.</summary>
    internal int Prefetched { get; set; }

    /// <summary>The engine may have more; only the queue touches it.</summary>
    internal bool HasMore { get; set; }

    /// <summary>Asks the loop to fetch connections; any thread.</summary>
    public void RequestFetch()
    {
        if (Interlocked.Exchange(ref _isQueued, 1) == 0)
            _loop.Post(this);
    }

    /// <summary>Closes this part, and waits until its port is free again; any thread.</summary>
    public Task CloseAsync()
    {
        var call = new LoopCall<bool>(CloseInEngine, whenEnded: static () => true);
        _loop.Post(call);
        return call.Result;
    }

    /// <summary>Closes the listener.</summary>
    public void Close(EngineDriver host)
    {
        _queue.Close(CloseReason.Disposed);
        CloseInEngine(host);
    }

    /// <summary>The stack has failed.</summary>
    public void Fail(EngineDriver host, CloseReason reason)
    {
        host.Listeners.Remove(this);
        _queue.Close(reason);
    }

    /// <summary>Hands connections from the engine to the accepters as far as they are wanted.</summary>
    public void Fill(EngineDriver host)
    {
        while (_queue.TryBeginFetch(this) && host.Engine.TryAccept(_listener, out var tcb))
        {
            var connection = new UserTcpConnection(host.Adopt(tcb!, _listener.Options, _inlineContinuations));
            if (!_queue.Offer(connection, this))
                connection.Discard();
        }
    }

    /// <inheritdoc/>
    internal override void Run(EngineDriver host)
    {
        Interlocked.Exchange(ref _isQueued, 0);
        if (host.Listeners.Contains(this))
            Fill(host);
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        // Whoever ends the stack has ended every listener already.
    }

    private bool CloseInEngine(EngineDriver host)
    {
        if (host.Listeners.Remove(this))
            host.Engine.CloseListener(_listener, host.Now);
        return true;
    }
}
