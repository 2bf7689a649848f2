using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// A sender that always has data, on a path with a bottleneck, its buffer, a delay, and random losses by seed. There
/// are no sequence numbers and no retransmissions: a loss is detected with the next ACK. Time is virtual, and the
/// delivery rate samples follow the BBR draft.
/// </summary>
internal sealed class ModelPath
{
    public const int Smss = 1460;

    private readonly Queue<Packet> _flight = new();
    private readonly Random _random = new(7);
    private MonotonicTime _nextSend;
    private MonotonicTime _linkFree;
    private MonotonicTime _deliveredAt;
    private MonotonicTime _firstSentAt;
    private long _sent;
    private long _recoveryPoint;
    private long _pipe;
    private TimeSpan _smoothedRtt;
    private double _queueSum;
    private long _queueCount;

    public ModelPath(
        CongestionControl control, double megabits, double milliseconds, double bufferInBdp, double loss = 0)
    {
        Control = control;
        Rate = megabits * 1e6 / 8;
        Delay = TimeSpan.FromMilliseconds(milliseconds);
        Buffer = bufferInBdp * Bdp;
        LossRate = loss;
        control.Begin(Smss, handshakeRetransmitted: false);
    }

    public CongestionControl Control { get; }

    /// <summary>Bytes per second.</summary>
    public double Rate { get; set; }

    /// <summary>The round trip without a queue.</summary>
    public TimeSpan Delay { get; }

    /// <summary>Max queue of the bottleneck in bytes.</summary>
    public double Buffer { get; }

    public double LossRate { get; set; }

    public double Bdp => Rate * Delay.TotalSeconds;

    public MonotonicTime Now { get; private set; } = new(TimeSpan.TicksPerSecond);

    public long Delivered { get; private set; }

    public long Lost { get; private set; }

    /// <summary>Called after each ACK with the bytes in flight.</summary>
    public Action<long> Watch { get; set; } = _ => { };

    /// <summary>Returns the mean delay in the bottleneck's queue since the last call, and restarts it.</summary>
    public TimeSpan ResetMeanQueueDelay()
    {
        var mean = TimeSpan.FromSeconds(_queueSum / Math.Max(_queueCount, 1));
        (_queueSum, _queueCount) = (0, 0);
        return mean;
    }

    /// <summary>Lets time pass; returns the fraction of the bottleneck's capacity that was delivered.</summary>
    public double Run(TimeSpan span)
    {
        var (end, before) = (Now + span, Delivered);
        while (Now < end)
            Step();
        return (Delivered - before) / (Rate * span.TotalSeconds);
    }

    /// <summary>Sends nothing; all ACKs arrive.</summary>
    public void Idle(TimeSpan span)
    {
        while (_flight.Count > 0)
            Acknowledge();
        Now += span;
        Control.OnSendingFromIdle(Now);
    }

    /// <summary>Loses the whole flight.</summary>
    public void Timeout()
    {
        Lost += _pipe;
        _pipe = 0;
        _flight.Clear();
        Now += TimeSpan.FromSeconds(1);
        Control.OnTimeout(_sent, isFirst: true, Now);
        _recoveryPoint = _sent;
    }

    private void Step()
    {
        var maySend = _pipe + Smss <= Control.Window;
        var sendAt = _nextSend > Now ? _nextSend : Now;
        while (_flight.TryPeek(out var first) && first.AckAt == MonotonicTime.Never && _flight.Count == 1 && !maySend)
            Timeout();
        if (maySend && (NextAck() is not { } ackAt || sendAt <= ackAt))
            Send(sendAt);
        else
            Acknowledge();
    }

    private MonotonicTime? NextAck()
    {
        foreach (var packet in _flight)
        {
            if (packet.AckAt != MonotonicTime.Never)
                return packet.AckAt;
        }

        return null;
    }

    private void Send(MonotonicTime at)
    {
        Now = at;
        if (_pipe == 0)
            (_deliveredAt, _firstSentAt) = (Now, Now);
        _pipe += Smss;
        var rate = Control.PacingRate(_smoothedRtt);
        _nextSend = rate == 0 ? Now : Now + TimeSpan.FromSeconds((double)Smss / rate);
        var start = _linkFree > Now ? _linkFree : Now;
        var wait = start - Now;
        _queueSum += wait.TotalSeconds;
        _queueCount++;
        var isLost = wait.TotalSeconds * Rate + Smss > Buffer || _random.NextDouble() < LossRate;
        if (!isLost)
            _linkFree = start + TimeSpan.FromSeconds(Smss / Rate);
        _flight.Enqueue(new Packet(
            Now, isLost ? MonotonicTime.Never : _linkFree + Delay, ++_sent, Delivered, _deliveredAt,
            _firstSentAt, Lost, _pipe));
    }

    private void Acknowledge()
    {
        var lost = 0;
        Packet packet;
        while ((packet = _flight.Dequeue()).AckAt == MonotonicTime.Never)
        {
            lost += Smss;
            if (_flight.Count == 0)
                return;
        }

        Now = packet.AckAt > Now ? packet.AckAt : Now;
        (Lost, Delivered, _pipe) = (Lost + lost, Delivered + Smss, _pipe - lost - Smss);
        _deliveredAt = Now;
        var rtt = Now - packet.SentAt;
        _smoothedRtt = _smoothedRtt == TimeSpan.Zero ? rtt : (7 * _smoothedRtt + rtt) / 8;
        var isInRecovery = packet.Index < _recoveryPoint;
        if (lost > 0 && !isInRecovery)
        {
            Control.OnCongestion(CongestionEvent.Loss, _pipe + lost, Now);
            (_recoveryPoint, isInRecovery) = (_sent, true);
        }
        else if (packet.Index == _recoveryPoint)
        {
            Control.OnRecovered(_pipe);
        }

        if (!isInRecovery || Control.OwnsRecovery)
            Control.OnAcknowledged(SampleOf(packet, lost, rtt, isInRecovery));
        Watch(_pipe);
    }

    private AckSample SampleOf(Packet packet, int lost, TimeSpan rtt, bool isInRecovery)
    {
        var (sending, arriving) = (packet.SentAt - packet.FirstSentAt, Now - packet.DeliveredAt);
        _firstSentAt = packet.SentAt;
        return new AckSample
        {
            Now = Now,
            Acknowledged = Smss,
            Delivered = Smss,
            Lost = lost,
            Una = new SeqNum(unchecked((uint)(packet.Index * Smss))),
            Nxt = new SeqNum(unchecked((uint)(_sent * Smss))),
            InFlight = _pipe,
            RoundTrip = rtt,
            SmoothedRtt = _smoothedRtt,
            WindowWasUsed = true,
            IsInRecovery = isInRecovery,
            Rate = new DeliveryRate
            {
                Delivered = Delivered - packet.Delivered,
                Interval = sending > arriving ? sending : arriving,
                PriorDelivered = packet.Delivered,
                TotalDelivered = Delivered,
                PriorLost = packet.Lost,
                TotalLost = Lost,
                InFlightAtSend = packet.InFlight,
            },
        };
    }

    private readonly record struct Packet(
        MonotonicTime SentAt, MonotonicTime AckAt, long Index, long Delivered, MonotonicTime DeliveredAt,
        MonotonicTime FirstSentAt, long Lost, long InFlight);
}
