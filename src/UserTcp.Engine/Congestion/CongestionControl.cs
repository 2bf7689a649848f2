namespace UserTcp.Engine.Congestion;

/// <summary>
/// Decides how much may be in flight (RFC 5681). One object per connection; what is lost is decided elsewhere
/// (<see cref="Loss.LossRecovery"/>).
/// </summary>
internal abstract class CongestionControl
{
    /// <summary>cwnd in octets.</summary>
    public long Window { get; protected set; }

    /// <summary>ssthresh in octets.</summary>
    public long SlowStartThreshold { get; protected set; } = long.MaxValue;

    /// <summary>The connection is synchronized and its SMSS known.</summary>
    public abstract void Begin(int smss, bool handshakeRetransmitted);

    /// <summary>The path's MTU changed the SMSS.</summary>
    public abstract void OnSmssChanged(int smss);

    /// <summary><paramref name="octets"/> were newly acknowledged outside of loss recovery, while the window was fully used or not.</summary>
    public abstract void OnAcknowledged(int octets, bool windowWasUsed);

    /// <summary>Loss detected by duplicate ACKs with <paramref name="flightSize"/> octets outstanding.</summary>
    public abstract void OnLoss(long flightSize);

    /// <summary>Loss recovery has ended with <paramref name="flightSize"/> octets outstanding.</summary>
    public abstract void OnRecovered(long flightSize);

    /// <summary>The retransmission timer expired; <paramref name="isFirst"/> is false when the same segment had expired before.</summary>
    public abstract void OnTimeout(long flightSize, bool isFirst);

    /// <summary>Nothing was sent for longer than an RTO.</summary>
    public abstract void OnIdle();
}
