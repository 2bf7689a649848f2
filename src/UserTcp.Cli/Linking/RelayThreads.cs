using UserTcp.Impairment;
using UserTcp.Tun;

namespace UserTcp.Cli.Linking;

/// <summary>The two directions of a link at work, each on a thread of its own.</summary>
internal sealed class RelayThreads
{
    /// <summary>
    /// The thread spins for this long before a frame is due, since a sleeping thread may wake up so late.
    /// </summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMicroseconds(10);

    /// <summary>Frames carried between two checks of the stop flag.</summary>
    private const int FramesPerTurn = 64;

    private readonly TunDevice _a;
    private readonly TunDevice _b;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ImpairedRelay? _relay;
    private readonly Thread[] _threads;
    private volatile bool _isStopping;

    private RelayThreads(TunDevice a, TunDevice b, Action aToB, Action bToA, ImpairedRelay? relay = null)
    {
        (_a, _b, _relay) = (a, b, relay);
        _threads = [Start("a to b", aToB), Start("b to a", bToA)];
    }

    /// <summary>Completes when the first direction ends, with its exception when it failed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>What has become of the triggers of both directions.</summary>
    public IReadOnlyList<LinkTriggerCount> TriggerCounts => _relay?.TriggerCounts ?? [];

    /// <summary>A link that impairs the frames that it carries, one segment each.</summary>
    /// <param name="a">One end.</param>
    /// <param name="b">The other end.</param>
    /// <param name="aToB">The impairment from a to b.</param>
    /// <param name="bToA">The impairment from b to a.</param>
    /// <param name="trace">Watches the frames; null for nobody.</param>
    public static RelayThreads Impaired(
        TunDevice a, TunDevice b, LinkImpairment aToB, LinkImpairment bToA, LinkTrace? trace)
    {
        ILinkDevice endA = trace is null ? a : trace.Watch(a, index: 0);
        ILinkDevice endB = trace is null ? b : trace.Watch(b, index: 1);
        var there = new ImpairedRelay(endA, endB, aToB, direction: 0);
        var back = new ImpairedRelay(endB, endA, bToA, direction: 1);
        there.PairWith(back);
        there.Observer = trace;
        return new RelayThreads(a, b, () => there.Turn(Slack), () => back.Turn(Slack), there);
    }

    /// <summary>A link that carries frames unchanged.</summary>
    public static RelayThreads Plain(TunDevice a, TunDevice b) => new(a, b, () => Relay(a, b), () => Relay(b, a));

    /// <summary>Ends both directions. Frames in flight are lost.</summary>
    public void Stop()
    {
        _isStopping = true;
        _a.Wake();
        _b.Wake();
        foreach (var thread in _threads)
            thread.Join();
    }

    private static void Relay(TunDevice from, TunDevice to)
    {
        var frames = 0;
        while (frames < FramesPerTurn && from.TryRelay(to))
            frames++;
        if (frames == 0)
            from.Wait(Timeout.InfiniteTimeSpan);
    }

    private Thread Start(string name, Action turn)
    {
        var thread = new Thread(() => Run(turn)) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }

    private void Run(Action turn)
    {
        try
        {
            ThreadTimer.BePunctual();
            while (!_isStopping)
                turn();
            _ended.TrySetResult();
        }
        catch (IOException exception)
        {
            _ended.TrySetException(exception);
        }
    }
}
