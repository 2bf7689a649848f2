using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.PacketDrill.Settings;

namespace UserTcp.PacketDrill.World;

/// <summary>A frame of ours and the time at which it left.</summary>
internal readonly record struct SentFrame(byte[] Octets, MonotonicTime Time);

/// <summary>
/// One engine, a link that ends in a queue, and a clock that moves only when it is told to. The engine is made when it is first
/// needed, so that settings may come before it.
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

    /// <summary>When a call that waits wants to be asked again, whatever happens.</summary>
    public MonotonicTime WakeUp { get; set; } = MonotonicTime.Never;

    /// <summary>Gets every event of the engine.</summary>
    public Action<EngineEvent>? OnEvent { get; set; }

    public TcpEngine Engine => _engine ??= new TcpEngine(
        Settings.ToEngineOptions(), Keys(), new LinkProperties(Settings.Mtu), Settings.Addresses, Pool);

    /// <summary>When something happens by itself.</summary>
    public MonotonicTime NextDeadline => MonotonicTime.Min(WakeUp, _engine?.NextDeadline ?? MonotonicTime.Never);

    /// <summary>A frame for the stack.</summary>
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

    /// <summary>The frame that left first and has not been taken.</summary>
    public bool TryTakeFrame(out SentFrame frame) => _sent.TryDequeue(out frame);

    /// <summary>
    /// Moves the clock to what happens next, at most to <paramref name="limit"/>. False when that was the limit, or when nothing
    /// will ever happen: then the clock has not moved.
    /// </summary>
    public bool Step(MonotonicTime limit)
    {
        var next = NextDeadline;
        if (next == MonotonicTime.Never && limit == MonotonicTime.Never)
            return false;
        MoveTo(MonotonicTime.Min(next, limit));
        return next <= limit;
    }

    /// <summary>Moves the clock to a time, unless that is past, and lets what is due happen.</summary>
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

    /// <summary>Everything that the engine has to say now, and what that leads to.</summary>
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

    // Nobody attacks here, and runs are to be alike.
    private EngineKeys Keys() => new(
        new SipKey(1, 2), new SipKey(3, 4), new SipKey(5, 6), new SipKey(7, 8), new SipKey(9, 10), Settings.FastOpenKey,
        new SipKey(11, 12));
}
