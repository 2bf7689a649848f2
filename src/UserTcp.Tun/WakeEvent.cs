using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>
/// Wakes one thread from a poll with an eventfd. To signal a thread that runs costs no system call.
/// </summary>
/// <remarks>
/// <para>
/// One word is the waiter's state: Running, Sleeping (or about to), or Signalled (and not yet aware of it). All changes
/// are interlocked, so they have one order:
/// </para>
/// <list type="bullet">
/// <item>A signal that finds Running leaves Signalled, and the next wait returns at once.</item>
/// <item>A signal that finds Sleeping writes to the eventfd: the poll ends, even if it only starts after the
/// write.</item>
/// <item>A signal that finds Signalled adds nothing: the first one ends the same wait.</item>
/// </list>
/// <para>
/// The waiter returns to Running before its wait returns, with a full fence. That change may overwrite a signal. The
/// waiter then looks for work, and sees all that the signaller wrote before the signal. The next wait finds a signal
/// after the change. So no signal is lost. A signaller that found Sleeping may write late, when the waiter runs again:
/// then one later poll ends early.
/// </para>
/// </remarks>
internal sealed unsafe class WakeEvent : IDisposable
{
    private const int Running = 0;
    private const int Sleeping = 1;
    private const int Signalled = 2;

    private int _state;

    public WakeEvent()
    {
        Descriptor = new SafeDescriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
        if (Descriptor.IsInvalid)
            throw TunException.Unexpected("An eventfd cannot be made", errno);
    }

    /// <summary>The eventfd, to poll for input between <see cref="TryBeginWait"/> and <see cref="EndWait"/>.</summary>
    public SafeDescriptor Descriptor { get; }

    /// <summary>
    /// Before a poll: false when a signal has arrived, so that the waiter does not sleep. The waiter's thread only.
    /// </summary>
    public bool TryBeginWait()
    {
        if (Interlocked.CompareExchange(ref _state, Sleeping, Running) == Running)
            return true;
        Interlocked.Exchange(ref _state, Running);
        return false;
    }

    /// <summary>After a poll, with the descriptor readable or not. The waiter's thread only.</summary>
    public void EndWait(bool isReadable)
    {
        Interlocked.Exchange(ref _state, Running);
        if (!isReadable)
            return;
        using var descriptor = Descriptor.Keep();
        ulong count;
        // Does not wait, and cannot fail when the descriptor is readable: only this thread reads it.
        _ = read(descriptor.Number, &count, sizeof(ulong));
    }

    /// <summary>Ends the current or the next wait. Any thread.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _state, Signalled) != Sleeping)
            return;
        using var descriptor = Descriptor.Keep();
        ulong one = 1;
        // Fails only with 2^64 - 2 unread signals. The descriptor is readable then too (eventfd(2)).
        _ = write(descriptor.Number, &one, sizeof(ulong));
    }

    public void Dispose() => Descriptor.Dispose();
}
