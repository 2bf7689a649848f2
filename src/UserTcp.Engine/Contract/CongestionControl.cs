namespace UserTcp.Engine.Contract;

/// <summary>
/// Decides how much data of one connection may be in flight, and how fast it is sent. CUBIC, NewReno and BBR derive
/// from it, and so can a congestion control of your own (<see cref="CongestionControlFactory"/>). Sizes are in bytes.
/// </summary>
/// <remarks>
/// <para>
/// One object per connection, created with the connection's first data and kept until its end, also while the
/// connection is idle and parked. All state belongs in the object. The engine calls it on one thread at a time, and
/// passes the time in.
/// </para>
/// <para>
/// A member must not throw: an exception resets this connection with <see cref="EngineError.InternalFault"/>, and
/// counts as a fault of the engine (<see cref="EngineOptions.MaxConnectionFaults"/>). It must not block, and should not
/// allocate, since it runs for each ACK on the thread that serves all connections.
/// </para>
/// <para>
/// An object changes <see cref="Window"/>, <see cref="SlowStartThreshold"/> and its own fields, in any member that is
/// not a question. The engine does the rest: it detects losses, retransmits, and moves the data in flight from the old
/// to the new window during a recovery (PRR, RFC 9937). It never sends more than the peer's window allows.
/// </para>
/// </remarks>
public abstract class CongestionControl
{
    /// <summary>The upper limit of <see cref="Window"/>: 1 TiB.</summary>
    public const long MaxWindow = 1L << 40;

    /// <summary>Delays data that would exceed the pacing rate.</summary>
    internal Pacer Pacer;

    /// <summary>
    /// cwnd in bytes. A value below <see cref="Smss"/> becomes <see cref="Smss"/>, since nothing could be sent with
    /// less; the upper limit is <see cref="MaxWindow"/>.
    /// </summary>
    public long Window { get; protected set => field = Math.Min(Math.Max(value, Smss), MaxWindow); }

    /// <summary>
    /// ssthresh in bytes, <see cref="Smss"/> or more. PRR reduces the data in flight to it after
    /// <see cref="OnCongestion"/>.
    /// </summary>
    public long SlowStartThreshold { get; protected set => field = Math.Max(value, Smss); } = long.MaxValue;

    /// <summary>True while cwnd is below ssthresh.</summary>
    public bool IsInSlowStart => Window < SlowStartThreshold;

    /// <summary>
    /// True when the algorithm itself limits the data in flight during a recovery: PRR is off, and
    /// <see cref="OnAcknowledged"/> sees every ACK. False by default.
    /// </summary>
    public virtual bool OwnsRecovery => false;

    /// <summary>The sender's maximum segment size in bytes, without options (RFC 5681 section 2).</summary>
    protected int Smss { get; private set; }

    /// <summary>True when sending is paced: there is a rate, and the RTT is longer than 1 ms.</summary>
    protected bool IsPaced => Pacer.IsPacing;

    /// <summary>
    /// Begins with the initial window (RFC 6928): ten segments, or one when the SYN or SYN,ACK was retransmitted. The
    /// connection is synchronized. Then calls <see cref="OnBegin"/>.
    /// </summary>
    public void Begin(int smss, bool handshakeRetransmitted)
    {
        Smss = smss;
        Window = InitialWindow.Of(smss, handshakeRetransmitted);
        OnBegin();
    }

    /// <summary>Changes the SMSS after a change of the path MTU. Then calls <see cref="OnSmssChanged"/>.</summary>
    public void SetSmss(int smss)
    {
        var before = Smss;
        Smss = smss;
        OnSmssChanged(before);
        // Both setters apply the new lower limit.
        (Window, SlowStartThreshold) = (Window, SlowStartThreshold);
    }

    /// <summary>
    /// Handles an ACK that acknowledges or SACKs new data, usually by growing the window. During a recovery only with
    /// <see cref="OwnsRecovery"/>.
    /// </summary>
    public abstract void OnAcknowledged(in AckSample ack);

    /// <summary>
    /// Handles congestion with <paramref name="flightSize"/> bytes outstanding: saves ssthresh and cwnd for
    /// <see cref="Undo"/> and reduces both. At most once in a round trip.
    /// </summary>
    public abstract void OnCongestion(CongestionEvent what, long flightSize, MonotonicTime now);

    /// <summary>
    /// Handles an RTO with <paramref name="flightSize"/> bytes outstanding: cwnd becomes one segment (RFC 5681 section
    /// 3.1). <paramref name="isFirst"/> is false when the timer has expired before for the same segment; only the first
    /// time reduces ssthresh, and saves both for <see cref="Undo"/>.
    /// </summary>
    public abstract void OnTimeout(long flightSize, bool isFirst, MonotonicTime now);

    /// <summary>
    /// Undo: the last <see cref="OnCongestion"/> or first <see cref="OnTimeout"/> was spurious. Restores the saved
    /// values.
    /// </summary>
    public abstract void Undo();

    /// <summary>
    /// Handles the end of loss recovery with <paramref name="flightSize"/> bytes outstanding; after PRR that is
    /// ssthresh. Does nothing by default.
    /// </summary>
    public virtual void OnRecovered(long flightSize)
    {
    }

    /// <summary>
    /// Restarts after an idle period longer than the RTO. By default cwnd becomes the initial window if it was larger
    /// (RFC 5681 section 4.1).
    /// </summary>
    public virtual void OnIdle(MonotonicTime now) => Window = Math.Min(InitialWindow.Of(Smss), Window);

    /// <summary>Data is about to be sent while none is in flight. Does nothing by default.</summary>
    public virtual void OnSendingFromIdle(MonotonicTime now)
    {
    }

    /// <summary>
    /// The pacing rate in bytes a second at a given SRTT; 0 does not pace. Called after each ACK. By default Linux's: 2
    /// * cwnd / SRTT in slow start, 1.2 * cwnd / SRTT after it, so that pacing is never the limit.
    /// </summary>
    public virtual long PacingRate(TimeSpan smoothedRtt) => WindowPacing.Rate(Window, IsInSlowStart, smoothedRtt);

    /// <summary>
    /// The object is about to be used: <see cref="Smss"/> and the initial <see cref="Window"/> are set.
    /// </summary>
    protected virtual void OnBegin()
    {
    }

    /// <summary><see cref="Smss"/> has changed from <paramref name="before"/>. Does nothing by default.</summary>
    protected virtual void OnSmssChanged(int before)
    {
    }

    /// <summary>Sets the pacer's rate after an ACK.</summary>
    internal void Pace(TimeSpan smoothedRtt, MonotonicTime now) =>
        Pacer.SetRate(PacingRate(smoothedRtt), smoothedRtt, Smss, now);
}
