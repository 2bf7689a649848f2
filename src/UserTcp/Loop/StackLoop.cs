using UserTcp.Buffers;
using UserTcp.Connections;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Diagnostics;

namespace UserTcp.Loop;

/// <summary>
/// The thread that owns an engine: it turns until there is nothing to do, sleeps in the device's queue, and is woken by a frame, a
/// deadline or a request. Whatever fails in it fails the stack.
/// </summary>
internal sealed class StackLoop(ILinkDevice device, LoopGroup group, int index, TimeSpan spin)
{
    /// <summary>Octets of memory of frames that other loops may have read for this one and that it has not looked at.</summary>
    private const int MaxGiven = 16 << 20;

    [ThreadStatic]
    private static StackLoop? s_current;

    private readonly RequestQueue _queue = new();
    private readonly RequestQueue _calls = new();
    private readonly HandOverQueue _given = new(MaxGiven / EngineDriver.FrameSizeOf(device));
    private EngineDriver? _host;
    private EngineCounters _finalCounters = new();
    private LoopRequest? _running;
    private LoopRequest? _waiting;
    private Exception? _ended;
    private IdleSpin _spin = new(spin.Ticks);
    private int _isAsleep;
    private bool _isDrained;

    /// <summary>The blocks of everything that this loop reads, and that is written to its connections.</summary>
    public SharedBlockPool Pool { get; } = group.Budget.CreatePool();

    /// <summary>What the halves of its connections have while they are not idle.</summary>
    public HalfStates<ReadState> ReadStates { get; } = new();

    /// <inheritdoc cref="ReadStates"/>
    public HalfStates<WriteState> WriteStates { get; } = new();

    /// <summary>The queue that it reads and writes.</summary>
    public ILinkDevice Device => device;

    /// <summary>Its number among the loops of its stack, and its engine's share.</summary>
    public int Index => index;

    /// <summary>The loops of the same stack.</summary>
    public LoopGroup Group => group;

    /// <summary>The counters as they were when the loop ended.</summary>
    public EngineCounters FinalCounters => _finalCounters;

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => ReferenceEquals(s_current, this);

    /// <summary>True on the thread of any loop of the stack.</summary>
    public bool IsOnStack => s_current is { } current && ReferenceEquals(current.Group, group);

    /// <summary>What asking anything of a stack that has ended throws.</summary>
    public static ObjectDisposedException Stopped() => new(nameof(UserTcpStack), "The stack has ended or is ending.");

    /// <summary>Starts the thread, which owns the host, its engine and its device from now on.</summary>
    public void Start(EngineDriver host)
    {
        _host = host;
        new Thread(Live) { IsBackground = true, Name = index == 0 ? device.Name : $"{device.Name}/{index}" }.UnsafeStart();
    }

    /// <summary>Queues an item and wakes the loop if it sleeps; any thread. When the loop has ended, the item fails.</summary>
    public void Post(LoopRequest item) => Post(_queue, item);

    /// <summary>
    /// Gives the loop a frame that another one has read, and wakes it if it sleeps. False when it has too many already: then the frame
    /// stays the caller's.
    /// </summary>
    public bool TryGive(Block frame)
    {
        if (!_given.TryPush(frame))
            return false;
        if (Volatile.Read(ref _ended) is null)
            WakeIfAsleep();
        else
            Block.ReleaseChain(_given.DequeueAll());
        return true;
    }

    /// <summary>The frames that it has been given, oldest first. Loop's thread only.</summary>
    public Block? TakeGiven() => _given.DequeueAll();

    /// <summary>Calls a function on the loop and waits for its result on this thread, which may be the loop's own.</summary>
    public T Call<T>(Func<EngineDriver, T> function, Func<T> whenEnded)
    {
        if (IsCurrent)
            return function(_host!);
        var call = new LoopCall<T>(function, whenEnded);
        if (IsOnStack)
            CallFrom(s_current!, call);
        else
            Post(call);
        return call.Result.GetAwaiter().GetResult();
    }

    /// <summary>Does what has been asked; false when nothing was. Loop's thread only.</summary>
    public bool RunRequests(EngineDriver host)
    {
        AnswerCalls(host);
        _waiting = _queue.DequeueAll();
        if (_waiting is null)
            return false;
        while (_waiting is { } item)
        {
            _waiting = item.NextRequest;
            item.NextRequest = null;
            _running = item;
            host.Run(item);
        }

        _running = null;
        return true;
    }

    /// <summary>The first fault is the one that counts; a later one is told with it.</summary>
    public static Exception? Try(Action action, Exception? fault)
    {
        try
        {
            action();
            return fault;
        }
        catch (Exception e)
        {
            return fault is null ? e : new AggregateException(fault, e);
        }
    }

    private static void Fail(LoopRequest? item, Exception error)
    {
        while (item is not null)
        {
            LoopRequest next = item.NextRequest;
            item.NextRequest = null;
            item.Fail(error);
            item = next;
        }
    }

    private void Live()
    {
        s_current = this;
        EngineDriver host = _host!;
        Exception? fault = null;
        try
        {
            while (true)
            {
                var hasWorked = host.Turn();
                if (host.IsDrained && IsGroupDrained())
                    break;
                if (hasWorked)
                    _spin.OnWork(host.Now.Ticks);
                else if (_spin.TrySpin(host.Now.Ticks))
                    Thread.Yield();
                else
                    Sleep(host);
            }

            host.AbortAll();
        }
        catch (Exception e)
        {
            fault = e;
        }

        End(host, fault);
    }

    private bool IsGroupDrained()
    {
        if (!_isDrained)
            group.ReportDrained();
        _isDrained = true;
        return group.IsDrained;
    }

    /// <summary>Two loops may ask each other at the same time: while one waits, it answers.</summary>
    private void CallFrom<T>(StackLoop caller, LoopCall<T> call)
    {
        Post(_calls, call);
        var spinner = default(SpinWait);
        while (!call.Result.IsCompleted)
        {
            caller.AnswerCalls(caller._host!);
            spinner.SpinOnce();
        }
    }

    private void AnswerCalls(EngineDriver host)
    {
        for (LoopRequest call = _calls.DequeueAll(); call is not null;)
        {
            LoopRequest next = call.NextRequest;
            call.NextRequest = null;
            call.Run(host);
            call = next;
        }
    }

    private void Post(RequestQueue queue, LoopRequest item)
    {
        // Pushing is a full fence: either this thread sees that the loop sleeps, or the loop sees the item before it does.
        queue.Push(item);
        if (Volatile.Read(ref _ended) is { } error)
            Fail(queue.DequeueAll(), error);
        else
            WakeIfAsleep();
    }

    private void Sleep(EngineDriver host)
    {
        Interlocked.Exchange(ref _isAsleep, 1);
        if (_queue.IsEmpty && _calls.IsEmpty && _given.IsEmpty)
            device.Wait(host.TimeToSleep());
        Volatile.Write(ref _isAsleep, 0);
        _spin.OnSlept(host.SinceTurn().Ticks);
    }

    private void WakeIfAsleep()
    {
        if (Volatile.Read(ref _isAsleep) == 0 || Interlocked.Exchange(ref _isAsleep, 0) == 0)
            return;
        try
        {
            device.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The loop woke by itself and ended meanwhile: it fails what is queued when it has.
        }
    }

    private void End(EngineDriver host, Exception? fault)
    {
        _finalCounters = host.Engine.Counters.Snapshot();
        if (fault is not null)
        {
            group.ReportFault(fault);
            fault = Try(() => host.FailAll(fault), fault);
        }

        fault = Try(host.Engine.Dispose, fault);
        fault = group.Leave(fault);
        var error = fault is null ? Stopped() : new IOException($"The stack has failed: {fault.Message}", fault) as Exception;
        Interlocked.Exchange(ref _ended, error);
        _running?.Fail(error);
        Fail(_waiting, error);
        Fail(_queue.DequeueAll(), error);
        Fail(_calls.DequeueAll(), error);
        Block.ReleaseChain(_given.DequeueAll());
        group.ReportEnded();
    }
}
