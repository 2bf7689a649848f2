using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Recovery;

/// <summary>What a connection keeps of loss recovery, fields only: what it waits for, and its flight while there is one.</summary>
internal struct LossState
{
    private TimeSpan _closedFor;

    /// <summary>What is in flight; null while nothing is.</summary>
    public Flight? Flight;

    /// <summary>What the path is known to do to the order of segments.</summary>
    public ReorderingWindow Reordering;

    /// <summary>
    /// Since when something has waited to be acknowledged, or for the window to be sent into, without any progress; zero when nothing
    /// waits. A time limit that the user has set is measured from here.
    /// </summary>
    public MonotonicTime WaitingSince { get; private set; }

    /// <summary>Timeouts in a row without any progress (RFC 9293 section 3.8.3 counts them against R1).</summary>
    public int Timeouts { get; private set; }

    /// <summary>The same without the time in which the window was closed; R2 is measured from here.</summary>
    public readonly MonotonicTime StalledSince => WaitingSince + _closedFor;

    /// <summary>What is being done about losses.</summary>
    public readonly RecoveryState State => Flight?.State ?? RecoveryState.Open;

    /// <summary>Octets thought to be in the network.</summary>
    public readonly int Pipe => Flight?.Board.Pipe ?? 0;

    /// <summary>Something is lost that has yet to be sent again, before anything new.</summary>
    public readonly bool NeedsRetransmission => Flight is { FrtoSendingNewData: false } flight && flight.Board.NeedsRetransmission;

    /// <summary>Nothing is in flight, and nothing waits.</summary>
    public readonly bool IsIdle => Flight is null && Timeouts == 0 && WaitingSince == MonotonicTime.Zero && _closedFor == TimeSpan.Zero;

    /// <summary>Something is acknowledged.</summary>
    public void OnProgress(MonotonicTime now)
    {
        Timeouts = 0;
        WaitingSince = now;
        _closedFor = TimeSpan.Zero;
    }

    /// <summary>Our SYN is acknowledged.</summary>
    public void OnHandshakeComplete()
    {
        Timeouts = 0;
        OnNothingWaits();
    }

    /// <summary>A retransmission timer has expired: that of a SYN, which has no text to recover, or of text.</summary>
    public void CountTimeout() => Timeouts++;

    /// <summary>
    /// Something is sent, or would be if the window allowed; what waits already has waited for longer. True when nothing waited before.
    /// </summary>
    public bool OnWaiting(MonotonicTime now)
    {
        if (WaitingSince != MonotonicTime.Zero)
            return false;
        WaitingSince = now;
        return true;
    }

    /// <summary>Everything is acknowledged, and nothing is queued.</summary>
    public void OnNothingWaits()
    {
        WaitingSince = MonotonicTime.Zero;
        _closedFor = TimeSpan.Zero;
    }

    /// <summary>
    /// The peer's window is open again. How long it was closed does not count against R2 (RFC 9293 section 3.8.6.1, MUST-37); what went
    /// before does, or a peer that opens and closes its window and takes nothing would never be given up.
    /// </summary>
    public void OnWindowOpened(MonotonicTime closedSince, MonotonicTime now)
    {
        if (WaitingSince != MonotonicTime.Zero)
            _closedFor += now - (closedSince > WaitingSince ? closedSince : WaitingSince);
    }
}
