using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;

namespace UserTcp.Requests;

/// <summary>
/// What other threads send to a loop: requests, calls that wait for a result, and frames that another loop has read.
/// Wakes the loop when it sleeps. Safe for any thread, unless a member says otherwise.
/// </summary>
/// <param name="queue">The device's queue that the loop sleeps in.</param>
/// <param name="device">The device: the same one for all loops of a stack.</param>
/// <param name="maxFrames">Max frames from other loops that wait here.</param>
/// <param name="gate">
/// What a caller holds that runs the loop, or a call on it, when the loops have no threads of their own; the same for
/// all loops of a stack. Null when they have.
/// </param>
internal sealed class LoopMailbox(ILinkDevice queue, ILinkDevice device, int maxFrames, Lock? gate = null)
{
    [ThreadStatic]
    private static LoopMailbox? s_current;

    private readonly ILinkDevice _device = device;
    private readonly RequestQueue _requests = new();
    private readonly RequestQueue _calls = new();
    private readonly HandOverQueue _frames = new(maxFrames);
    private EngineTurn? _turn;
    private Func<MonotonicTime>? _now;
    private LoopRequest? _running;
    private LoopRequest? _collected;
    private LoopRequest? _unanswered;
    private Exception? _ended;
    private int _isAsleep;

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => ReferenceEquals(s_current, this);

    /// <summary>True on the thread of any loop of the stack.</summary>
    public bool IsOnStack => s_current is { } current && ReferenceEquals(current._device, _device);

    /// <summary>Queues a request and wakes the loop if it sleeps. When the loop has ended, the request fails.</summary>
    public void Post(LoopRequest request) => Post(_requests, request);

    /// <summary>
    /// Hands over a frame that another loop has read, and wakes the loop if it sleeps. False when too many wait
    /// already: then the frame stays the caller's.
    /// </summary>
    public bool TryHandOver(Block frame)
    {
        if (!_frames.TryPush(frame))
            return false;
        if (Volatile.Read(ref _ended) is null)
            WakeIfAsleep();
        else
            Block.ReleaseChain(_frames.DequeueAll());
        return true;
    }

    /// <summary>
    /// Calls a function on the loop and waits for its result on this thread, which may be the loop's own.
    /// </summary>
    public T Call<T>(Func<EngineTurn, T> function, Func<T> whenEnded)
    {
        if (IsCurrent)
            return function(_turn!);
        if (gate is not null)
            return CallHere(function, whenEnded);
        var call = new LoopCall<T>(function, whenEnded);
        if (IsOnStack)
            CallFrom(s_current!, call);
        else
            Post(call);
        return call.Result.GetAwaiter().GetResult();
    }

    /// <summary>
    /// Makes this thread the loop's, which runs requests with <paramref name="turn"/>. Returns the mailbox that the
    /// thread served before; null for none.
    /// </summary>
    /// <param name="turn">The loop's turn.</param>
    /// <param name="now">The loop's clock, for calls between two turns.</param>
    public LoopMailbox? Enter(EngineTurn turn, Func<MonotonicTime> now)
    {
        var previous = s_current;
        s_current = this;
        (_turn, _now) = (turn, now);
        return previous;
    }

    /// <summary>Ends what <see cref="Enter"/> began, for a thread that runs several loops.</summary>
    public static void Leave(LoopMailbox? previous) => s_current = previous;

    /// <summary>Answers the calls of other loops. Loop's thread only.</summary>
    public void AnswerCalls()
    {
        _unanswered = _calls.DequeueAll();
        while (_unanswered is { } call)
        {
            _unanswered = call.NextRequest;
            call.NextRequest = null;
            call.Run(_turn!);
        }
    }

    /// <summary>
    /// Collects all requests that are queued now, for <see cref="DequeueCollected"/>: what is posted meanwhile waits
    /// for the next time. False when there is none. Loop's thread only.
    /// </summary>
    public bool CollectRequests()
    {
        _collected = _requests.DequeueAll();
        return _collected is not null;
    }

    /// <summary>
    /// The oldest collected request, which the caller runs now; null when there are no more. Loop's thread only.
    /// </summary>
    public LoopRequest? DequeueCollected()
    {
        _running = _collected;
        if (_running is not null)
        {
            _collected = _running.NextRequest;
            _running.NextRequest = null;
        }

        return _running;
    }

    /// <summary>Dequeues the frames that other loops have handed over, oldest first. Loop's thread only.</summary>
    public Block? DequeueFrames() => _frames.DequeueAll();

    /// <summary>
    /// Sleeps in the device until a frame, a request or the end of <paramref name="timeout"/>. Loop's thread only.
    /// </summary>
    public void Sleep(TimeSpan timeout)
    {
        Interlocked.Exchange(ref _isAsleep, 1);
        if (_requests.IsEmpty && _calls.IsEmpty && _frames.IsEmpty)
            queue.Wait(timeout);
        Volatile.Write(ref _isAsleep, 0);
    }

    /// <summary>
    /// The loop will rest outside of the device: from now on the device is woken for it. False when there is something
    /// to do. The runner's thread only.
    /// </summary>
    public bool TryRest()
    {
        Interlocked.Exchange(ref _isAsleep, 1);
        if (_requests.IsEmpty && _calls.IsEmpty && _frames.IsEmpty)
            return true;
        EndRest();
        return false;
    }

    /// <summary>The loop runs again. The runner's thread only.</summary>
    public void EndRest() => Volatile.Write(ref _isAsleep, 0);

    /// <summary>The loop has ended: all queued requests fail, and so do later ones. Loop's thread only.</summary>
    public void End(Exception error)
    {
        Interlocked.Exchange(ref _ended, error);
        _running?.Fail(error);
        LoopRequest.FailChain(_collected, error);
        LoopRequest.FailChain(_requests.DequeueAll(), error);
        LoopRequest.FailChain(_unanswered, error);
        LoopRequest.FailChain(_calls.DequeueAll(), error);
        Block.ReleaseChain(_frames.DequeueAll());
    }

    /// <summary>
    /// Runs the function on the calling thread, which counts as the loop's during the call. The loop then runs a turn:
    /// the call may have opened a window.
    /// </summary>
    private T CallHere<T>(Func<EngineTurn, T> function, Func<T> whenEnded)
    {
        lock (gate!)
        {
            if (_turn is null || Volatile.Read(ref _ended) is not null)
                return whenEnded();
            var previous = Enter(_turn, _now!);
            _turn.Now = _now!();
            try
            {
                return function(_turn);
            }
            finally
            {
                Leave(previous);
                WakeIfAsleep();
            }
        }
    }

    /// <summary>Two loops may call each other at the same time: while one waits, it answers.</summary>
    private void CallFrom<T>(LoopMailbox caller, LoopCall<T> call)
    {
        Post(_calls, call);
        var spinner = default(SpinWait);
        while (!call.Result.IsCompleted)
        {
            caller.AnswerCalls();
            spinner.SpinOnce();
        }
    }

    private void Post(RequestQueue requests, LoopRequest request)
    {
        // Pushing is a full fence: either this thread sees that the loop sleeps, or the loop sees the request before it
        // sleeps.
        requests.Push(request);
        if (Volatile.Read(ref _ended) is { } error)
            LoopRequest.FailChain(requests.DequeueAll(), error);
        else
            WakeIfAsleep();
    }

    private void WakeIfAsleep()
    {
        if (Volatile.Read(ref _isAsleep) == 0 || Interlocked.Exchange(ref _isAsleep, 0) == 0)
            return;
        try
        {
            queue.Wake();
        }
        catch (ObjectDisposedException)
        {
            // The loop woke up by itself and ended meanwhile; it fails what is queued.
        }
    }
}
