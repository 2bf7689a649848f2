using System.Net;
using UserTcp.Engine.Contract;
using UserTcp.Errors;

namespace UserTcp.Listening;

/// <summary>
/// A listener as the application has it: a part on each loop of the stack, and one queue for the connections of all.
/// The first loop decides whether an address is free and which port is used. The others open after it, and close before
/// it.
/// </summary>
internal sealed class SharedListener
{
    /// <summary>Max connections fetched ahead of the accepters; they come on top of the backlog.</summary>
    private const int MaxPrefetch = 64;

    private readonly IReadOnlyList<LoopListeners> _loops;
    private readonly List<ListenerPump> _parts = [];

    private SharedListener(IReadOnlyList<LoopListeners> loops, int backlog, bool inlineContinuations)
    {
        _loops = loops;
        Queue = new AcceptQueue(Math.Min(MaxPrefetch, backlog / 8) / loops.Count, inlineContinuations);
    }

    /// <summary>Address and port listened on.</summary>
    public IPEndPoint LocalEndPoint => _parts[0].LocalEndPoint;

    /// <summary>The connections of all loops.</summary>
    public AcceptQueue Queue { get; }

    /// <summary>
    /// Passive OPEN on every loop; any thread. The listener, or the error, or neither when the stack is ending.
    /// </summary>
    public static async Task<(SharedListener? Listener, EngineError? Error)> OpenAsync(
        IReadOnlyList<LoopListeners> loops, IPEndPoint local, int backlog, ConnectionOptions options,
        ListenFlags flags, bool inlineContinuations)
    {
        var listener = new SharedListener(loops, backlog, inlineContinuations);
        try
        {
            EngineError? error = EngineError.None;
            for (var i = 0; i < loops.Count && error == EngineError.None; i++)
            {
                var endPoint = i == 0 ? local : listener.LocalEndPoint;
                (var part, error) = await loops[i]
                    .OpenAsync(endPoint, backlog, options, flags, listener.Queue, inlineContinuations)
                    .ConfigureAwait(false);
                if (part is not null)
                    listener._parts.Add(part);
            }

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

    /// <summary>Closes the listener, and waits until its port is free again; any thread.</summary>
    public async Task CloseAsync()
    {
        Queue.Close(CloseReason.Disposed);
        for (var i = _parts.Count - 1; i >= 0; i--)
            await _loops[i].CloseAsync(_parts[i]).ConfigureAwait(false);
    }
}
