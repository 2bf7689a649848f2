using UserTcp.Buffers;
using UserTcp.Diagnostics;
using UserTcp.Engine.Diagnostics;

namespace UserTcp.Loop;

/// <summary>
/// The thread that owns an engine: it turns until there is nothing to do, sleeps in the device, and is woken by a frame, a
/// deadline or a request. Whatever fails in it fails the stack.
/// </summary>
internal sealed class StackLoop(ILinkDevice device, WatchHub watchers, TimeSpan spin)
{
    private readonly LoopQueue _queue = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EngineHost? _host;
    private EngineCounters _finalCounters = new();
    private LoopItem? _running;
    private LoopItem? _waiting;
    private Exception? _ended;
    private Thread? _thread;
    private IdleSpin _spin = new(spin.Ticks);
    private int _isAsleep;

    /// <summary>The blocks of everything that goes through this stack.</summary>
    public SharedBlockPool Pool { get; } = new();

    /// <inheritdoc cref="UserTcpStack.Completion"/>
    public Task Completion => _completion.Task;

    /// <summary>The counters as they were when the loop ended.</summary>
    public EngineCounters FinalCounters => _finalCounters;

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => ReferenceEquals(Thread.CurrentThread, Volatile.Read(ref _thread));

    /// <summary>What asking anything of a stack that has ended throws.</summary>
    public static ObjectDisposedException Stopped() => new(nameof(UserTcpStack), "The stack has ended or is ending.");

    /// <summary>Starts the thread, which owns the host, its engine and its device from now on.</summary>
    public void Start(EngineHost host)
    {
        _host = host;
        new Thread(Live) { IsBackground = true, Name = device.Name }.UnsafeStart();
    }

    /// <summary>Queues an item and wakes the loop if it sleeps; any thread. When the loop has ended, the item fails.</summary>
    public void Post(LoopItem item)
    {
        // Pushing is a full fence: either this thread sees that the loop sleeps, or the loop sees the item before it does.
        _queue.Push(item);
        if (Volatile.Read(ref _ended) is { } error)
            Fail(_queue.TakeAll(), error);
        else if (Volatile.Read(ref _isAsleep) != 0 && Interlocked.Exchange(ref _isAsleep, 0) != 0)
            Wake();
    }

    /// <summary>Calls a function on the loop and waits for its result on this thread, which may be the loop's own.</summary>
    public T Call<T>(Func<EngineHost, T> function, Func<T> whenEnded)
    {
        if (IsCurrent)
            return function(_host!);
        var call = new LoopCall<T>(function, whenEnded);
        Post(call);
        return call.Result.GetAwaiter().GetResult();
    }

    /// <summary>Does what has been asked; false when nothing was. Loop's thread only.</summary>
    public bool RunRequests(EngineHost host)
    {
        _waiting = _queue.TakeAll();
        if (_waiting is null)
            return false;
        while (_waiting is { } item)
        {
            _waiting = item.NextItem;
            item.NextItem = null;
            _running = item;
            item.Run(host);
        }

        _running = null;
        return true;
    }

    private static void Fail(LoopItem? item, Exception error)
    {
        while (item is not null)
        {
            var next = item.NextItem;
            item.NextItem = null;
            item.Fail(error);
            item = next;
        }
    }

    private void Live()
    {
        // Not its number: that is another thread's when this one has ended.
        Volatile.Write(ref _thread, Thread.CurrentThread);
        var host = _host!;
        Exception? fault = null;
        try
        {
            while (true)
            {
                var hasWorked = host.Turn();
                if (host.IsDrained)
                    break;
                if (hasWorked)
                    _spin.OnWork();
                else if (_spin.IsWorthwhile(host.Now.Ticks))
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

    private void Sleep(EngineHost host)
    {
        Interlocked.Exchange(ref _isAsleep, 1);
        if (_queue.IsEmpty)
            device.Wait(host.TimeToSleep());
        Volatile.Write(ref _isAsleep, 0);
        _spin.OnSlept(host.SinceTurn().Ticks);
    }

    private void Wake()
    {
        try
        {
            device.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The loop woke by itself and ended meanwhile: it fails what is queued when it has.
        }
    }

    private void End(EngineHost host, Exception? fault)
    {
        _finalCounters = host.Engine.Counters.Snapshot();
        if (fault is not null)
            fault = Try(() => host.FailAll(fault), fault);
        fault = Try(host.Engine.Dispose, fault);
        fault = Try(device.Dispose, fault);
        var error = fault is null ? Stopped() : new IOException($"The stack has failed: {fault.Message}", fault) as Exception;
        Interlocked.Exchange(ref _ended, error);
        _running?.Fail(error);
        Fail(_waiting, error);
        Fail(_queue.TakeAll(), error);
        watchers.Complete();
        if (fault is null)
            _completion.SetResult();
        else
            _completion.SetException(fault);
    }

    /// <summary>The first fault is the one that counts; a later one is told with it.</summary>
    private static Exception? Try(Action action, Exception? fault)
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
}
