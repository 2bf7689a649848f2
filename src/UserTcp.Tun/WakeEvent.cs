using static Tmds.Linux.LibC;

namespace UserTcp.Tun;

/// <summary>
/// Wakes one thread out of a poll with an eventfd, and only then: signalling a thread that runs costs no system call.
/// </summary>
/// <remarks>
/// <para>
/// One word says what the waiter does: it runs, it sleeps (or is about to), or it has been signalled and does not know yet. All
/// changes are interlocked, so they have one order:
/// </para>
/// <list type="bullet">
/// <item>A signal that finds Running leaves Signalled, and the next wait returns at once.</item>
/// <item>A signal that finds Sleeping writes to the eventfd: the poll ends, even if it only starts after the write.</item>
/// <item>A signal that finds Signalled adds nothing: the first one ends the same wait.</item>
/// </list>
/// <para>
/// The waiter goes back to Running before its wait returns, by a full fence. What somebody did before a signal that this change
/// overwrites, the waiter therefore sees when it looks for work afterwards; a signal after the change is found by the next wait.
/// So nothing is lost. A signaller that found Sleeping may write late, when the waiter has gone on: one later poll ends early.
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

    /// <summary>To be polled for input between <see cref="TryBeginWait"/> and <see cref="EndWait"/>.</summary>
    public SafeDescriptor Descriptor { get; }

    /// <summary>Before polling: false when a signal has come, and there is no need to sleep. The waiter's thread only.</summary>
    public bool TryBeginWait()
    {
        if (Interlocked.CompareExchange(ref _state, Sleeping, Running) == Running)
            return true;
        Interlocked.Exchange(ref _state, Running);
        return false;
    }

    /// <summary>After polling, which has found the descriptor readable or not. The waiter's thread only.</summary>
    public void EndWait(bool isReadable)
    {
        Interlocked.Exchange(ref _state, Running);
        if (!isReadable)
            return;
        using var descriptor = Descriptor.Keep();
        ulong count;
        // Does not wait, and cannot fail when the descriptor is readable: nobody else reads it.
        _ = read(descriptor.Number, &count, sizeof(ulong));
    }

    /// <summary>Ends the current or the next wait. Any thread.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _state, Signalled) != Sleeping)
            return;
        using var descriptor = Descriptor.Keep();
        ulong one = 1;
        // Fails only when 2^64 - 2 signals have not been read; then the descriptor is readable all the same (eventfd(2)).
        _ = write(descriptor.Number, &one, sizeof(ulong));
    }

    public void Dispose() => Descriptor.Dispose();
}
