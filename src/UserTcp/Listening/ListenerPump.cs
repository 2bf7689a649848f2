using System.Net;
using UserTcp.Connections;
using UserTcp.Engine;
using UserTcp.Loop;

namespace UserTcp.Listening;

/// <summary>Carries a listener between the engine and the application. Loop's thread, where nothing else is said.</summary>
internal sealed class ListenerPump : LoopItem
{
    /// <summary>Connections fetched ahead of the accepters at most; they come on top of the backlog.</summary>
    private const int MaxPrefetch = 64;

    private readonly StackLoop _loop;
    private readonly Listener _listener;
    private readonly bool _inlineContinuations;
    private int _isQueued;

    private ListenerPump(StackLoop loop, Listener listener, int prefetch, bool inlineContinuations)
    {
        _loop = loop;
        _listener = listener;
        _inlineContinuations = inlineContinuations;
        LocalEndPoint = new IPEndPoint(listener.LocalAddress.ToIPAddress(), listener.LocalPort.Value);
        Queue = new AcceptQueue(this, prefetch, inlineContinuations);
        listener.Owner = this;
    }

    /// <summary>Any thread.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Any thread.</summary>
    public AcceptQueue Queue { get; }

    /// <summary>Passive OPEN.</summary>
    public static EngineError Open(
        EngineHost host, StackLoop loop, IPEndPoint local, int backlog, ConnectionOptions options, bool inlineContinuations,
        out ListenerPump? pump)
    {
        var error = host.Engine.Listen(
            Wire.IpAddress.From(local.Address), new Wire.Port((ushort)local.Port), backlog, options, out var listener);
        pump = error == EngineError.None
            ? new ListenerPump(loop, listener!, Math.Min(MaxPrefetch, backlog / 8), inlineContinuations)
            : null;
        if (pump is not null)
            host.Listeners.Add(pump);
        return error;
    }

    /// <summary>Asks the loop to fetch connections; any thread.</summary>
    public void RequestFetch()
    {
        if (Interlocked.Exchange(ref _isQueued, 1) == 0)
            _loop.Post(this);
    }

    /// <summary>Closes the listener, and waits until its port is free again; any thread.</summary>
    public Task CloseAsync()
    {
        Queue.Close(CloseReason.Disposed);
        var call = new LoopCall<bool>(CloseInEngine, whenEnded: static () => true);
        _loop.Post(call);
        return call.Result;
    }

    /// <summary>Closes the listener.</summary>
    public void Close(EngineHost host)
    {
        Queue.Close(CloseReason.Disposed);
        CloseInEngine(host);
    }

    /// <summary>The stack has failed.</summary>
    public void Fail(EngineHost host, CloseReason reason)
    {
        host.Listeners.Remove(this);
        Queue.Close(reason);
    }

    /// <summary>Hands connections from the engine to the accepters as far as they are wanted.</summary>
    public void Fill(EngineHost host)
    {
        while (Queue.WantsMore() && host.Engine.TryAccept(_listener, out var tcb))
        {
            var connection = new UserTcpConnection(host.Adopt(tcb!, _listener.Options, _inlineContinuations));
            if (!Queue.Offer(connection))
                connection.Discard();
        }
    }

    /// <inheritdoc/>
    internal override void Run(EngineHost host)
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

    private bool CloseInEngine(EngineHost host)
    {
        if (host.Listeners.Remove(this))
            host.Engine.CloseListener(_listener, host.Now);
        return true;
    }
}
