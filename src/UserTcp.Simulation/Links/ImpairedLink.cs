using UserTcp.Engine.Contract;
using UserTcp.Simulation.World;

namespace UserTcp.Simulation.Links;

/// <summary>
/// One direction of a link: takes frames, and gives them back when they have arrived, late, twice, changed, or not at all. Knows no
/// clock: time is an argument.
/// </summary>
internal sealed class ImpairedLink(LinkImpairment impairment, int link, FaultPlan faults, bool hasChecksums = true)
{
    private const int JitterKind = 102;
    private const int PermutationKind = 103;

    private readonly PriorityQueue<Arrival, (long Time, long Order)> _arrivals = new();
    private readonly FrameStore _store = new();
    private long _packets;
    private long _order;
    private long _lastInOrder;
    private int _replays;

    /// <summary>Its rate, which others may share.</summary>
    public Bottleneck Bottleneck { get; init; } = new(impairment);

    /// <summary>Packets offered so far.</summary>
    public long Packets => _packets;

    /// <summary>Takes note of each fault that has happened, when set.</summary>
    public List<Fault>? Record { get; init; }

    /// <summary>Counts what happens, when set.</summary>
    public Tally? Tally { get; init; }

    /// <summary>No packet gets through.</summary>
    public bool IsDown { get; set; }

    /// <summary>Larger packets do not get through; null for no limit.</summary>
    public int? Mtu { get; set; } = impairment.Mtu;

    /// <summary>Nothing goes wrong any more; delay and rate stay.</summary>
    public bool IsHealed { get; set; }

    /// <summary>Frames arrive at multiples of this time only, in any order, as when a host looks at its device now and then.</summary>
    public TimeSpan Batch { get; set; }

    /// <summary>
    /// Packets that may be on their way without a rate, which bounds them otherwise; further ones are lost. Replays, which take their
    /// time, have as much room of their own. Without limit where time is virtual: those worlds are finite.
    /// </summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Packets on their way.</summary>
    public int Count => _arrivals.Count;

    public bool IsEmpty => _arrivals.Count == 0;

    /// <summary>When the next frame arrives.</summary>
    public MonotonicTime NextArrival => _arrivals.TryPeek(out _, out var at) ? new MonotonicTime(at.Time) : MonotonicTime.Never;

    /// <summary>A frame sets out.</summary>
    /// <returns>False when it is too large for <see cref="Mtu"/>.</returns>
    public bool Offer(ReadOnlySpan<byte> frame, MonotonicTime now)
    {
        var packet = _packets++;
        if (Mtu is { } mtu && frame.Length > mtu)
            return false;
        if (IsDown)
        {
            Tally?.Add(Happening.PartitionLoss);
            return true;
        }

        if (Has(packet, FaultKind.Loss, out _))
            return true;
        if (!TryDepart(frame.Length, now.Ticks, out var departure, out var isMarked))
        {
            Tally?.Add(Happening.QueueOverflow);
            return true;
        }

        Send(frame, packet, departure + impairment.Delay.Ticks + Jitter(packet), isMarked);
        return true;
    }

    /// <summary>Takes the next frame that has arrived by now. Its memory goes back by <see cref="Return"/>.</summary>
    public bool TryTake(MonotonicTime now, out ArraySegment<byte> frame)
    {
        frame = default;
        if (!_arrivals.TryPeek(out var arrival, out var at) || at.Time > now.Ticks)
            return false;
        _arrivals.Dequeue();
        _replays -= arrival.IsReplay ? 1 : 0;
        frame = new ArraySegment<byte>(arrival.Buffer, 0, arrival.Length);
        return true;
    }

    public void Return(ArraySegment<byte> frame) => _store.Return(frame.Array!);

    /// <summary>Everything on its way is lost.</summary>
    public void Clear()
    {
        while (_arrivals.TryDequeue(out var arrival, out _))
            _store.Return(arrival.Buffer);
        _replays = 0;
    }

    private void Send(ReadOnlySpan<byte> frame, long packet, long arrival, bool isMarked)
    {
        var isReordered = Has(packet, FaultKind.Reorder, out var held);
        if (isReordered)
            arrival += held;
        else
            _lastInOrder = arrival = Math.Max(arrival, _lastInOrder);
        if (Has(packet, FaultKind.Duplicate, out var later))
            Arrive(frame, packet, arrival + later, isMarked);
        if (Has(packet, FaultKind.Replay, out var age))
            Replay(frame, packet, arrival + age, isMarked);
        Arrive(frame, packet, arrival, isMarked, Has(packet, FaultKind.Corrupt, out var choice) ? choice : null);
    }

    private void Replay(ReadOnlySpan<byte> frame, long packet, long time, bool isMarked)
    {
        if (_replays >= Limit)
            return;
        _replays++;
        Arrive(frame, packet, time, isMarked, isReplay: true);
    }

    private void Arrive(ReadOnlySpan<byte> frame, long packet, long time, bool isMarked, long? corruption = null, bool isReplay = false)
    {
        // Where whoever owns the link does the checksums, it throws the frame away.
        if (corruption is not null && !hasChecksums)
            return;
        var buffer = _store.Rent(frame.Length);
        frame.CopyTo(buffer);
        if (isMarked && EcnMark.Apply(buffer.AsSpan(0, frame.Length)))
            Tally?.Add(Happening.CongestionMark);
        if (corruption is { } choice && !Corruption.Apply(buffer.AsSpan(0, frame.Length), choice))
        {
            _store.Return(buffer);
            return;
        }

        var order = _order++;
        if (Batch > TimeSpan.Zero && !IsHealed)
        {
            time = (time + Batch.Ticks - 1) / Batch.Ticks * Batch.Ticks;
            order = (long)(Mix.Of(impairment.Seed, link, packet, PermutationKind) >> 1);
        }

        _arrivals.Enqueue(new Arrival(buffer, frame.Length, isReplay), (time, order));
    }

    /// <summary>When the frame's last bit is sent; false when the link, or the queue before it, is full.</summary>
    private bool TryDepart(int length, long now, out long departure, out bool isMarked)
    {
        (departure, isMarked) = (now, false);
        if (impairment.Rate is not { } rate)
            return _arrivals.Count - _replays < Limit;
        return Bottleneck.TryDepart(length, rate, now, out departure, out isMarked);
    }

    private long Jitter(long packet) =>
        impairment.Jitter == TimeSpan.Zero ? 0 : Mix.Below(Mix.Of(impairment.Seed, link, packet, JitterKind), impairment.Jitter.Ticks + 1);

    private bool Has(long packet, FaultKind kind, out long amount)
    {
        amount = 0;
        if (IsHealed || !faults.Has(packet, kind, out amount))
            return false;
        Record?.Add(new Fault(link, packet, kind, amount));
        Tally?.Add(HappeningFor(kind, amount));
        return true;
    }

    private static Happening HappeningFor(FaultKind kind, long amount) => kind switch
    {
        FaultKind.Loss => amount == 0 ? Happening.Loss : Happening.BurstLoss,
        FaultKind.Duplicate => Happening.Duplicate,
        FaultKind.Reorder => Happening.Reorder,
        FaultKind.Corrupt => Happening.Corruption,
        _ => Happening.Replay,
    };

    private readonly record struct Arrival(byte[] Buffer, int Length, bool IsReplay);
}
