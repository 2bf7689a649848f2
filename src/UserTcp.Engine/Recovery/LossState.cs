using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// What a connection keeps of loss recovery for its whole life, the time without progress, and its flight while there
/// is one.
/// </summary>
internal struct LossState
{
    private TimeSpan _closedFor;

    /// <summary>The data in flight; null while there is none.</summary>
    public Flight? Flight;

    /// <summary>RACK's reordering window, which adapts to the path.</summary>
    public ReorderingWindow Reordering;

    /// <summary>
    /// When the time without progress began: data waits to be acknowledged, or for the peer's window. Zero when nothing
    /// waits. A user timeout that the application has set counts from here.
    /// </summary>
    public MonotonicTime WaitingSince { get; private set; }

    /// <summary>
    /// Retransmission timeouts in a row without progress, counted against R1 (RFC 9293 section 3.8.3).
    /// </summary>
    public int Timeouts { get; private set; }

    /// <summary><see cref="WaitingSince"/>, moved later by the time with a zero window. R2 counts from it.</summary>
    public readonly MonotonicTime StalledSince => WaitingSince + _closedFor;

    public readonly RecoveryState State => Flight?.State ?? RecoveryState.Open;

    /// <summary>pipe (RFC 6675): bytes that are probably in the network.</summary>
    public readonly int Pipe => Flight?.Board.Pipe ?? 0;

    /// <summary>
    /// Lost data waits to be retransmitted and goes before new data, unless F-RTO sends new data first.
    /// </summary>
    public readonly bool NeedsRetransmission =>
        Flight is { Spurious.Frto: not FrtoPhase.SendingNewData } flight && flight.Board.NeedsRetransmission;

    /// <summary>Nothing is in flight, and nothing waits.</summary>
    public readonly bool IsIdle =>
        Flight is null && Timeouts == 0 && WaitingSince == MonotonicTime.Zero && _closedFor == TimeSpan.Zero;

    /// <summary>New data is acknowledged.</summary>
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

    /// <summary>The retransmission timer has expired, for a SYN or for data.</summary>
    public void CountTimeout() => Timeouts++;

    /// <summary>Data is sent, or would be if the window allowed it.</summary>
    /// <returns>True when nothing waited before.</returns>
    public bool OnWaiting(MonotonicTime now)
    {
        if (WaitingSince != MonotonicTime.Zero)
            return false;
        WaitingSince = now;
        return true;
    }

    /// <summary>All data is acknowledged, and none is queued.</summary>
    public void OnNothingWaits()
    {
        WaitingSince = MonotonicTime.Zero;
        _closedFor = TimeSpan.Zero;
    }

    /// <summary>
    /// The peer's window has opened. The time with a zero window does not count against R2 (RFC 9293 section 3.8.6.1,
    /// MUST-37). The time before does, or a peer could open and close its window for ever and take nothing.
    /// </summary>
    public void OnWindowOpened(MonotonicTime closedSince, MonotonicTime now)
    {
        if (WaitingSince != MonotonicTime.Zero)
            _closedFor += now - (closedSince > WaitingSince ? closedSince : WaitingSince);
    }
}
