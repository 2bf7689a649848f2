namespace UserTcp.Links;

/// <summary>
/// A signal that one thread waits for and any other sets. Unlike <see cref="ManualResetEventSlim"/> its first wait
/// allocates nothing, since a stack in steady state must not allocate.
/// </summary>
internal sealed class WakeSignal
{
    private const int Spins = 35;

    // Not a Lock, which allocates its event at the first contention.
    private readonly object _gate = new();
    private int _isSet;

    /// <summary>Ends the current or next <see cref="Wait"/>; any thread. A full fence.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) != 0)
            return;
        // The waiter checks the flag inside the lock and releases the lock only by waiting, so that the pulse is not
        // lost.
        lock (_gate)
            Monitor.Pulse(_gate);
    }

    /// <summary>
    /// Clears the signal. A full fence: writes before a <see cref="Set"/> that is cleared here are visible afterwards.
    /// </summary>
    public void Reset() => Interlocked.Exchange(ref _isSet, 0);

    /// <summary>Waits until the signal is set or <paramref name="timeout"/> has passed; may return early.</summary>
    public void Wait(TimeSpan timeout)
    {
        var spinner = default(SpinWait);
        while (spinner.Count < Spins)
        {
            if (Volatile.Read(ref _isSet) != 0)
                return;
            // Never Sleep(1): a millisecond is too long here.
            spinner.SpinOnce(sleep1Threshold: -1);
        }

        lock (_gate)
        {
            if (Volatile.Read(ref _isSet) == 0)
                Monitor.Wait(_gate, timeout);
        }
    }
}
