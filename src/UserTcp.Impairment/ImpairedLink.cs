using UserTcp.Engine.Contract;

namespace UserTcp.Impairment;

/// <summary>
/// One direction of a link: frames enter with <see cref="Offer"/> and leave with <see cref="TryDequeue"/>, late, twice,
/// changed or not at all. Time is an argument, so the link runs in virtual time as well.
/// </summary>
/// <remarks>
/// The fate of a packet follows from the seed, the direction and the packet's number on the link, or in its flow
/// (<see cref="ForFlows"/>) as for a device or a relay in real time (<see cref="ImpairedDevice"/>). One thread at a
/// time uses a link; any thread may use <see cref="Impairment"/> and <see cref="Counters"/>.
/// </remarks>
public sealed class ImpairedLink
{
    // Hash inputs beside those of FaultPlan.
    private const int JitterKind = 102;
    private const int PermutationKind = 103;

    private readonly LinkDirection _direction;
    private readonly FaultPlan _faults;
    private readonly PriorityQueue<Arrival, (long Time, long Order)> _arrivals = new();
    private readonly FramePool _pool = new();
    private Bottleneck? _bottleneck;
    private long _order;
    private long _lastInOrder;
    private int _replays;

    /// <summary>A link without packets.</summary>
    /// <param name="impairment">What happens to packets.</param>
    /// <param name="link">The direction's number. Two directions with the same seed have different faults.</param>
    /// <param name="faults">
    /// The faults, instead of those that the probabilities of <paramref name="impairment"/> give; null for those.
    /// </param>
    public ImpairedLink(LinkImpairment impairment, int link, IEnumerable<Fault>? faults = null)
        : this(
            new LinkDirection(impairment ?? throw new ArgumentNullException(nameof(impairment)), link),
            faults is null ? new DrawnFaults() : new ListedFaults(faults, link))
    {
    }

    /// <summary>The link of one queue, which shares its direction with those of other queues.</summary>
    internal ImpairedLink(LinkDirection direction, FaultPlan? faults = null)
    {
        _direction = direction;
        _faults = faults ?? new DrawnFaults();
    }

    /// <summary>
    /// A link that numbers the packets of each flow for themselves: what one flow sends does not change the fates of
    /// another one's packets. The rest is as in <see cref="ImpairedLink(LinkImpairment, int, IEnumerable{Fault})"/>.
    /// </summary>
    /// <param name="impairment">What happens to packets.</param>
    /// <param name="link">The direction's number.</param>
    /// <param name="faults">The faults, instead of those of the probabilities; null for those.</param>
    /// <param name="faultLog">Gets each fault when it happens; null records none.</param>
    public static ImpairedLink ForFlows(
        LinkImpairment impairment, int link, IEnumerable<Fault>? faults = null, ICollection<Fault>? faultLog = null)
    {
        ArgumentNullException.ThrowIfNull(impairment);
        return new ImpairedLink(
            new LinkDirection(impairment, link, new FlowTable(link)),
            faults is null ? null : new ListedFaults(faults, link))
        {
            FaultLog = faultLog,
        };
    }

    /// <summary>What the link has done so far.</summary>
    public LinkCounters Counters => _direction.Counters;

    /// <summary>
    /// What has become of the triggers of this direction, and of the opposite one (<see cref="PairWith"/>). Any thread.
    /// </summary>
    public IReadOnlyList<LinkTriggerCount> TriggerCounts => _direction.Pair.TriggerCounts;

    /// <summary>
    /// The impairment of the packets that are sent from now on. Packets in flight still arrive at the times that they
    /// have got, and later packets may arrive before them; the queue before a new rate is empty.
    /// </summary>
    public LinkImpairment Impairment
    {
        get => _direction.Impairment;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _direction.Impairment = value;
        }
    }

    /// <summary>Gets each fault when it happens; null records none.</summary>
    public ICollection<Fault>? FaultLog { get; init; }

    /// <summary>
    /// Gets each verdict of this direction, and of the opposite one (<see cref="PairWith"/>); null for nobody.
    /// </summary>
    public ILinkObserver? Observer
    {
        get => _direction.Pair.Observer;
        set => _direction.Pair.Observer = value;
    }

    /// <summary>The link drops every packet.</summary>
    public bool IsDown { get; set; }

    /// <summary>Bytes of the largest packet that gets through; null for no limit.</summary>
    public int? Mtu
    {
        get => _direction.Mtu;
        set => _direction.Mtu = value;
    }

    /// <summary>No new fault happens. Delay, rate and queue stay.</summary>
    public bool IsHealed { get; set; }

    /// <summary>
    /// Frames arrive only at multiples of this time, in random order, as at a host that polls its device. Zero turns it
    /// off.
    /// </summary>
    public TimeSpan Batch { get; set; }

    /// <summary>Packets in flight.</summary>
    public int Count => _arrivals.Count;

    /// <summary>True when no packet is in flight.</summary>
    public bool IsEmpty => _arrivals.Count == 0;

    /// <summary>When the next frame arrives.</summary>
    public MonotonicTime NextArrival =>
        _arrivals.TryPeek(out _, out var at) ? new MonotonicTime(at.Time) : MonotonicTime.Never;

    /// <summary>
    /// True when <see cref="LinkImpairment.Queue"/> limits the packets in flight when there is no rate; further packets
    /// are dropped. Replays have the same limit again. False in virtual time, where each run sends a finite number of
    /// packets.
    /// </summary>
    internal bool LimitsFlight { get; init; }

    /// <summary>
    /// False when the device below completes checksums: a corrupted frame is dropped then, because the peer would drop
    /// it.
    /// </summary>
    internal bool HasChecksums { get; init; } = true;

    /// <summary>
    /// Makes another link the opposite direction of this one, before the first packet. Triggers then see the packets of
    /// both: <c>ack-of-fin</c> needs it. For <see cref="LinkTrigger.Direction"/> this link is out of the stack, and the
    /// opposite one is to it.
    /// </summary>
    public void PairWith(ImpairedLink opposite)
    {
        ArgumentNullException.ThrowIfNull(opposite);
        _direction.PairWith(opposite._direction);
    }

    /// <summary>Sends a frame over the link. The link copies it.</summary>
    /// <returns>False when the frame is larger than <see cref="Mtu"/>; true when it is on its way or dropped.</returns>
    public bool Offer(ReadOnlySpan<byte> frame, MonotonicTime now)
    {
        var (impairment, bottleneck) = _direction.InForce;
        var packet = _direction.CountPacket(frame);
        if (impairment.Mtu is { } mtu && frame.Length > mtu)
        {
            Counters.CountMtuDrop();
            Report(frame, LinkVerdictKind.Lost, LinkVerdictCause.Mtu);
            return false;
        }

        if (IsDown)
        {
            Counters.CountDownDrop();
            Report(frame, LinkVerdictKind.Lost, LinkVerdictCause.LinkDown);
            return true;
        }

        packet = packet with { Strikes = _direction.CountForTriggers(frame) };
        if (Apply(impairment, frame, packet, FaultKind.Loss, out _))
            return true;
        if (!TryDepart(impairment, bottleneck, frame.Length, now.Ticks, out var departure, out var isCongested))
        {
            Counters.CountQueueDrop();
            Report(frame, LinkVerdictKind.QueueFull, LinkVerdictCause.Queue);
            return true;
        }

        // Order is kept among the packets of one impairment: a changed one need not wait for an earlier long delay.
        if (_bottleneck != bottleneck)
            (_bottleneck, _lastInOrder) = (bottleneck, 0);
        var arrival = departure + impairment.Delay.Ticks + Jitter(impairment, packet);
        Send(impairment, frame, packet, now.Ticks, arrival, isCongested);
        return true;
    }

    /// <summary>
    /// Dequeues the next frame that has arrived by now. The caller gives its memory back with <see cref="Return"/>.
    /// </summary>
    public bool TryDequeue(MonotonicTime now, out ArraySegment<byte> frame)
    {
        frame = default;
        if (!_arrivals.TryPeek(out var arrival, out var at) || at.Time > now.Ticks)
            return false;
        _arrivals.Dequeue();
        _replays -= arrival.IsReplay ? 1 : 0;
        Counters.CountDelivered();
        frame = new ArraySegment<byte>(arrival.Buffer, 0, arrival.Length);
        return true;
    }

    /// <summary>Gives the memory of a dequeued frame back.</summary>
    public void Return(ArraySegment<byte> frame) => _pool.Return(frame.Array!);

    /// <summary>Drops all packets in flight.</summary>
    public void Clear()
    {
        while (_arrivals.TryDequeue(out var arrival, out _))
            _pool.Return(arrival.Buffer);
        _replays = 0;
    }

    private void Send(
        LinkImpairment impairment, ReadOnlySpan<byte> frame, in PacketIdentity packet, long now, long arrival,
        bool isCongested)
    {
        if (Apply(impairment, frame, packet, FaultKind.Reorder, out var delay))
            arrival += delay;
        else
            _lastInOrder = arrival = Math.Max(arrival, _lastInOrder);
        if (arrival > now)
            Counters.CountDelayed();
        var order = PermutationOf(impairment, packet);
        isCongested = MustSetCe(impairment, frame, packet, isCongested);
        if (Apply(impairment, frame, packet, FaultKind.Duplicate, out var later))
            Enqueue(frame, arrival + later, order, isCongested);
        if (_replays < MaxInFlight(impairment) && Apply(impairment, frame, packet, FaultKind.Replay, out var age))
        {
            _replays++;
            Enqueue(frame, arrival + age, order, isCongested, isReplay: true);
        }

        Enqueue(
            frame, arrival, order, isCongested,
            Apply(impairment, frame, packet, FaultKind.Corrupt, out var choice) ? choice : null);
    }

    /// <summary>Decides whether an ECN-capable frame gets CE: its queue is long, or a trigger says so.</summary>
    private bool MustSetCe(
        LinkImpairment impairment, ReadOnlySpan<byte> frame, in PacketIdentity packet, bool isCongested)
    {
        if (!EcnField.IsCapable(frame))
            return false;
        if (Apply(impairment, frame, packet, FaultKind.Mark, out _))
            return true;
        if (isCongested)
            Report(frame, LinkVerdictKind.Marked, LinkVerdictCause.Queue);
        return isCongested;
    }

    /// <param name="frame">The frame.</param>
    /// <param name="time">When it arrives.</param>
    /// <param name="permutation">Its place in a <see cref="Batch"/>.</param>
    /// <param name="isCongested">The frame is a candidate for CE.</param>
    /// <param name="corruption">Which bits are inverted; null for none.</param>
    /// <param name="isReplay">The frame is a replay.</param>
    private void Enqueue(
        ReadOnlySpan<byte> frame, long time, long permutation, bool isCongested, long? corruption = null,
        bool isReplay = false)
    {
        if (corruption is not null && !HasChecksums)
        {
            Report(frame, LinkVerdictKind.Lost, LinkVerdictCause.Corruption);
            return;
        }

        var buffer = _pool.Rent(frame.Length);
        frame.CopyTo(buffer);
        if (isCongested && EcnField.TrySetCe(buffer.AsSpan(0, frame.Length)))
            Counters.CountCongestionExperienced();
        // The receiver could not tell an undetected corruption from the original, so such a frame is lost instead.
        if (corruption is { } choice && !Corruption.InvertBits(buffer.AsSpan(0, frame.Length), choice))
        {
            _pool.Return(buffer);
            Report(frame, LinkVerdictKind.Lost, LinkVerdictCause.Corruption);
            return;
        }

        var order = _order++;
        if (Batch > TimeSpan.Zero && !IsHealed)
        {
            time = (time + Batch.Ticks - 1) / Batch.Ticks * Batch.Ticks;
            order = permutation;
        }

        _arrivals.Enqueue(new Arrival(buffer, frame.Length, isReplay), (time, order));
    }

    /// <summary>
    /// Computes when the frame's last bit leaves; false when the link, or the queue before it, is full.
    /// </summary>
    private bool TryDepart(
        LinkImpairment impairment, Bottleneck bottleneck, int length, long now, out long departure,
        out bool isCongested)
    {
        (departure, isCongested) = (now, false);
        if (impairment.Rate is not { } rate)
            return _arrivals.Count - _replays < MaxInFlight(impairment);
        return bottleneck.TryDepart(length, rate, now, out departure, out isCongested);
    }

    private int MaxInFlight(LinkImpairment impairment) => LimitsFlight ? impairment.Queue : int.MaxValue;

    private static long Jitter(LinkImpairment impairment, in PacketIdentity packet) =>
        impairment.Jitter == TimeSpan.Zero
            ? 0
            : SplitMix64.ToRange(Hash(impairment, packet, JitterKind), impairment.Jitter.Ticks + 1);

    private long PermutationOf(LinkImpairment impairment, in PacketIdentity packet) =>
        Batch == TimeSpan.Zero ? 0 : (long)(Hash(impairment, packet, PermutationKind) >> 1);

    private static ulong Hash(LinkImpairment impairment, in PacketIdentity packet, int kind) =>
        SplitMix64.Hash(impairment.Seed, packet.Flow.Key, packet.Number, kind);

    /// <summary>Decides a fault, and counts, records and reports it when it happens.</summary>
    private bool Apply(
        LinkImpairment impairment, ReadOnlySpan<byte> frame, in PacketIdentity packet, FaultKind kind, out long amount)
    {
        amount = 0;
        if (IsHealed || !_faults.Decide(impairment, packet, kind, out amount))
            return false;
        FaultLog?.Add(new Fault(_direction.Number, packet.OnLink, kind, amount));
        Counters.Count(kind, amount);
        packet.Strikes.Count(kind);
        if (_direction.Pair.Observer is { } observer)
        {
            VerdictReport.Send(
                observer, frame, _direction.IsOutbound, packet.Strikes, kind, amount, impairment.Delay);
        }

        return true;
    }

    /// <summary>Reports what the link has done without a fault.</summary>
    private void Report(ReadOnlySpan<byte> frame, LinkVerdictKind kind, LinkVerdictCause cause)
    {
        if (_direction.Pair.Observer is { } observer)
        {
            var isLost = kind is LinkVerdictKind.Lost or LinkVerdictKind.QueueFull;
            VerdictReport.Send(observer, frame, new LinkVerdict
            {
                Kind = kind,
                Cause = cause,
                Outbound = _direction.IsOutbound,
                LinkDelay = isLost ? _direction.Impairment.Delay : TimeSpan.Zero,
            });
        }
    }

    private readonly record struct Arrival(byte[] Buffer, int Length, bool IsReplay);
}
