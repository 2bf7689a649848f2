using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.PacketDrill.Settings;

namespace UserTcp.PacketDrill.World;

/// <summary>A sent frame and its time.</summary>
internal readonly record struct SentFrame(byte[] Octets, MonotonicTime Time);

/// <summary>
/// One engine, a link that ends in a queue, and a virtual clock. The engine is made on first use, so that settings can
/// precede it.
/// </summary>
internal sealed class VirtualWorld(StackSettings settings)
{
    private static readonly MonotonicTime Start = new(1000 * TimeSpan.TicksPerSecond);

    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly Queue<SentFrame> _sent = new();
    private TcpEngine? _engine;

    public StackSettings Settings { get; } = settings;

    public LocalBlockPool Pool { get; } = new();

    public MonotonicTime Now { get; private set; } = Start;

    /// <summary>The deadline of a waiting call.</summary>
    public MonotonicTime WakeUp { get; set; } = MonotonicTime.Never;

    /// <summary>Receives every event of the engine.</summary>
    public Action<EngineEvent>? OnEvent { get; set; }

    public TcpEngine Engine => _engine ??= new TcpEngine(
        Settings.ToEngineOptions(), Keys(), new LinkProperties(Settings.Mtu), Settings.Addresses, Pool);

    /// <summary>The time of the next timer or deadline.</summary>
    public MonotonicTime NextDeadline => MonotonicTime.Min(WakeUp, _engine?.NextDeadline ?? MonotonicTime.Never);

    /// <summary>Injects a frame.</summary>
    public void Receive(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > BlockPool.LargeSize)
            return;
        var block = Pool.Rent(frame.Length);
        block.Append(frame);
        if (!Engine.OnFrame(block, Now))
            block.Release();
        Pump();
    }

    /// <summary>The oldest sent frame in the queue.</summary>
    public bool TryDequeueFrame(out SentFrame frame) => _sent.TryDequeue(out frame);

    /// <summary>
    /// Moves the clock to the next timer, up to <paramref name="limit"/>. False at the limit, and without any timer:
    /// then the clock does not move.
    /// </summary>
    public bool Step(MonotonicTime limit)
    {
        var next = NextDeadline;
        if (next == MonotonicTime.Never && limit == MonotonicTime.Never)
            return false;
        MoveTo(MonotonicTime.Min(next, limit));
        return next <= limit;
    }

    /// <summary>Moves the clock to a time, unless it is past, and runs due timers.</summary>
    public void MoveTo(MonotonicTime time)
    {
        if (time > Now)
            Now = time;
        if (_engine is null)
            return;
        if (_engine.NextDeadline <= Now)
            _engine.OnTimer(Now);
        Pump();
    }

    /// <summary>Drains the engine's frames and events.</summary>
    public void Pump()
    {
        var engine = Engine;
        do
        {
            while (engine.TryEmit(_headers, Now, out var emission))
            {
                var frame = new byte[emission.Length];
                emission.CopyTo(frame);
                _sent.Enqueue(new SentFrame(frame, Now));
            }
        }
        while (DispatchEvents(engine));
    }

    private bool DispatchEvents(TcpEngine engine)
    {
        var any = false;
        while (engine.TryDequeueEvent(out var engineEvent))
        {
            any = true;
            OnEvent?.Invoke(engineEvent);
        }

        return any;
    }

    // Fixed keys: there is no attacker, and runs have to be reproducible.
    private EngineKeys Keys() => new(
        new SipKey(1, 2), new SipKey(3, 4), new SipKey(5, 6), new SipKey(7, 8), new SipKey(9, 10), Settings.FastOpenKey,
        new SipKey(11, 12));
}
