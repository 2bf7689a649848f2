namespace UserTcp.Links;

/// <summary>
/// What one thread sleeps on, and any other wakes it by. Unlike <see cref="ManualResetEventSlim"/> it makes no object at its first
/// wait, whenever that is: a stack in steady state allocates nothing.
/// </summary>
internal sealed class WakeSignal
{
    private const int Spins = 35;

    // Not a Lock, which makes its event when it is first contended for.
    private readonly object _gate = new();
    private int _isSet;

    /// <summary>Ends the current or next <see cref="Wait"/>; any thread. A full fence.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) != 0)
            return;
        // Whoever waits has looked at the flag with the gate closed, and opens it only by waiting: the pulse is not lost.
        lock (_gate)
            Monitor.Pulse(_gate);
    }

    /// <summary>Forgets what was set. A full fence: what was done before a <see cref="Set"/> that is forgotten can be seen.</summary>
    public void Reset() => Interlocked.Exchange(ref _isSet, 0);

    /// <summary>Returns when it is set, when <paramref name="timeout"/> has passed, or now and then for no reason.</summary>
    public void Wait(TimeSpan timeout)
    {
        var spinner = default(SpinWait);
        while (spinner.Count < Spins)
        {
            if (Volatile.Read(ref _isSet) != 0)
                return;
            // Never sleep1: a millisecond is an eternity here.
            spinner.SpinOnce(sleep1Threshold: -1);
        }

        lock (_gate)
        {
            if (Volatile.Read(ref _isSet) == 0)
                Monitor.Wait(_gate, timeout);
        }
    }
}
