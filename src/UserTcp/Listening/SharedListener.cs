using System.Net;
using UserTcp.Connections;
using UserTcp.Engine;
using UserTcp.Loop;

namespace UserTcp.Listening;

/// <summary>
/// A listener as the application has it: a part of it on each loop of the stack, and one queue in which the connections of all meet.
/// The first loop decides whether an address is free and which port is taken; the others follow, and let go first.
/// </summary>
internal sealed class SharedListener
{
    /// <summary>Connections fetched ahead of the accepters at most; they come on top of the backlog.</summary>
    private const int MaxPrefetch = 64;

    private readonly List<ListenerPump> _parts = [];
    private readonly ConnectionOptions _options;
    private readonly int _backlog;
    private readonly bool _inlineContinuations;

    private SharedListener(LoopGroup group, int backlog, ConnectionOptions options, bool inlineContinuations)
    {
        _backlog = backlog;
        _options = options;
        _inlineContinuations = inlineContinuations;
        Queue = new AcceptQueue(Math.Min(MaxPrefetch, backlog / 8) / group.Loops.Count, inlineContinuations);
    }

    /// <summary>Address and port listened on.</summary>
    public IPEndPoint LocalEndPoint => _parts[0].LocalEndPoint;

    /// <summary>Where all connections are handed out.</summary>
    public AcceptQueue Queue { get; }

    /// <summary>Passive OPEN on every loop; any thread. The listener, or the error, or neither when the stack is ending.</summary>
    public static async Task<(SharedListener? Listener, EngineError? Error)> OpenAsync(
        LoopGroup group, IPEndPoint local, int backlog, ConnectionOptions options, bool inlineContinuations)
    {
        var listener = new SharedListener(group, backlog, options, inlineContinuations);
        try
        {
            var error = await listener.OpenPartAsync(group.Loops[0], local).ConfigureAwait(false);
            for (var i = 1; i < group.Loops.Count && error == EngineError.None; i++)
                error = await listener.OpenPartAsync(group.Loops[i], listener.LocalEndPoint).ConfigureAwait(false);
            if (error == EngineError.None)
                return (listener, error);
            await listener.CloseAsync().ConfigureAwait(false);
            return (null, error);
        }
        catch
        {
            await listener.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes it, and waits until its port is free again; any thread.</summary>
    public async Task CloseAsync()
    {
        Queue.Close(CloseReason.Disposed);
        for (var i = _parts.Count - 1; i >= 0; i--)
            await _parts[i].CloseAsync().ConfigureAwait(false);
    }

    private async Task<EngineError?> OpenPartAsync(StackLoop loop, IPEndPoint local)
    {
        var call = new LoopCall<(EngineError?, ListenerPump?)>(host => host.IsStopping ? (null, null) : Open(host, local));
        loop.Post(call);
        var (error, part) = await call.Result.ConfigureAwait(false);
        if (part is not null)
            _parts.Add(part);
        return error;
    }

    /// <summary>Loop.</summary>
    private (EngineError? Error, ListenerPump? Part) Open(EngineDriver host, IPEndPoint local)
    {
        var error = host.Engine.Listen(
            Wire.IpAddress.From(local.Address), new Wire.Port((ushort)local.Port), _backlog, _options, out var listener);
        if (error != EngineError.None)
            return (error, null);
        var part = new ListenerPump(host.Loop, listener!, Queue, _inlineContinuations);
        host.Listeners.Add(part);
        return (error, part);
    }
}
