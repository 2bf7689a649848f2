using UserTcp.Engine.Contract;

namespace UserTcp.Impairment;

/// <summary>
/// One direction of a link: frames enter with <see cref="Offer"/> and leave with <see cref="TryDequeue"/>, late, twice,
/// changed or not at all. Time is an argument, so the link runs in virtual time as well. Not thread-safe.
/// </summary>
public sealed class ImpairedLink
{
    // Hash inputs beside those of FaultPlan.
    private const int JitterKind = 102;
    private const int PermutationKind = 103;

    private readonly LinkImpairment _impairment;
    private readonly int _link;
    private readonly FaultPlan _faults;
    private readonly PriorityQueue<Arrival, (long Time, long Order)> _arrivals = new();
    private readonly FramePool _pool = new();
    private long _packets;
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
    {
        ArgumentNullException.ThrowIfNull(impairment);
        _impairment = impairment;
        _link = link;
        _faults = faults is null ? new DrawnFaults(impairment, link) : new ListedFaults(faults, link);
        Bottleneck = new Bottleneck(impairment);
        Mtu = impairment.Mtu;
    }

    /// <summary>What the link has done so far.</summary>
    public LinkCounters Counters { get; } = new();

    /// <summary>Gets each fault when it happens; null records none.</summary>
    public ICollection<Fault>? FaultLog { get; init; }

    /// <summary>The link drops every packet.</summary>
    public bool IsDown { get; set; }

    /// <summary>Bytes of the largest packet that gets through; null for no limit.</summary>
    public int? Mtu { get; set; }

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
    /// The limit of packets in flight when there is no rate; further packets are dropped. Replays have the same limit
    /// again. Unlimited in virtual time, where each run sends a finite number of packets.
    /// </summary>
    internal int MaxPackets { get; init; } = int.MaxValue;

    /// <summary>
    /// False when the device below completes checksums: a corrupted frame is dropped then, because the peer would drop
    /// it.
    /// </summary>
    internal bool HasChecksums { get; init; } = true;

    /// <summary>The rate and its queue. Several links can share them.</summary>
    internal Bottleneck Bottleneck { get; init; }

    /// <summary>Sends a frame over the link. The link copies it.</summary>
    /// <returns>False when the frame is larger than <see cref="Mtu"/>; true when it is on its way or dropped.</returns>
    public bool Offer(ReadOnlySpan<byte> frame, MonotonicTime now)
    {
        var packet = _packets++;
        if (Mtu is { } mtu && frame.Length > mtu)
            return false;
        if (IsDown)
        {
            Counters.DownDrops++;
            return true;
        }

        if (Apply(packet, FaultKind.Loss, out _))
            return true;
        if (!TryDepart(frame.Length, now.Ticks, out var departure, out var isCongested))
        {
            Counters.QueueDrops++;
            return true;
        }

        Send(frame, packet, departure + _impairment.Delay.Ticks + Jitter(packet), isCongested);
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

    private void Send(ReadOnlySpan<byte> frame, long packet, long arrival, bool isCongested)
    {
        if (Apply(packet, FaultKind.Reorder, out var delay))
            arrival += delay;
        else
            _lastInOrder = arrival = Math.Max(arrival, _lastInOrder);
        if (Apply(packet, FaultKind.Duplicate, out var later))
            Enqueue(frame, packet, arrival + later, isCongested);
        if (Apply(packet, FaultKind.Replay, out var age))
            Replay(frame, packet, arrival + age, isCongested);
        Enqueue(frame, packet, arrival, isCongested, Apply(packet, FaultKind.Corrupt, out var choice) ? choice : null);
    }

    private void Replay(ReadOnlySpan<byte> frame, long packet, long time, bool isCongested)
    {
        if (_replays >= MaxPackets)
            return;
        _replays++;
        Enqueue(frame, packet, time, isCongested, isReplay: true);
    }

    private void Enqueue(
        ReadOnlySpan<byte> frame, long packet, long time, bool isCongested,
        long? corruption = null, bool isReplay = false)
    {
        if (corruption is not null && !HasChecksums)
            return;
        var buffer = _pool.Rent(frame.Length);
        frame.CopyTo(buffer);
        if (isCongested && EcnField.TrySetCe(buffer.AsSpan(0, frame.Length)))
            Counters.CongestionExperienced++;
        // The receiver could not tell an undetected corruption from the original, so such a frame is lost instead.
        if (corruption is { } choice && !Corruption.InvertBits(buffer.AsSpan(0, frame.Length), choice))
        {
            _pool.Return(buffer);
            return;
        }

        var order = _order++;
        if (Batch > TimeSpan.Zero && !IsHealed)
        {
            time = (time + Batch.Ticks - 1) / Batch.Ticks * Batch.Ticks;
            order = (long)(SplitMix64.Hash(_impairment.Seed, _link, packet, PermutationKind) >> 1);
        }

        _arrivals.Enqueue(new Arrival(buffer, frame.Length, isReplay), (time, order));
    }

    /// <summary>
    /// Computes when the frame's last bit leaves; false when the link, or the queue before it, is full.
    /// </summary>
    private bool TryDepart(int length, long now, out long departure, out bool isCongested)
    {
        (departure, isCongested) = (now, false);
        if (_impairment.Rate is not { } rate)
            return _arrivals.Count - _replays < MaxPackets;
        return Bottleneck.TryDepart(length, rate, now, out departure, out isCongested);
    }

    private long Jitter(long packet) =>
        _impairment.Jitter == TimeSpan.Zero
            ? 0
            : SplitMix64.ToRange(
                SplitMix64.Hash(_impairment.Seed, _link, packet, JitterKind), _impairment.Jitter.Ticks + 1);

    /// <summary>Decides a fault, and counts and records it when it happens.</summary>
    private bool Apply(long packet, FaultKind kind, out long amount)
    {
        amount = 0;
        if (IsHealed || !_faults.Decide(packet, kind, out amount))
            return false;
        FaultLog?.Add(new Fault(_link, packet, kind, amount));
        Counters.Count(kind, amount);
        return true;
    }

    private readonly record struct Arrival(byte[] Buffer, int Length, bool IsReplay);
}
