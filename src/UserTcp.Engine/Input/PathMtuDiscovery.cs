using UserTcp.Engine.Contract;
using UserTcp.Engine.PathMtu;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// Path MTU discovery (docs/decisions/0030): lowers the segment size when a checked ICMP error reports a smaller MTU
/// (RFC 1191, RFC 8201, RFC 5927 section 7) or full-sized segments are lost in a black hole (RFC 4821 section 7.7, RFC
/// 8899 section 4.3), and raises it when an MTU probe is acknowledged.
/// </summary>
internal static class PathMtuDiscovery
{
    // RFC 4821 section 7.3: the path may have changed meanwhile (RFC 1191 section 6.3, RFC 8201 section 4).
    private static readonly TimeSpan RaiseTimer = TimeSpan.FromMinutes(10);

    // Timeouts in a row that indicate a black hole: for a size that is new to the path, and for one that has been
    // acknowledged before.
    private const int TimeoutsOfBlackHole = 2;
    private const int TimeoutsOfProven = 3;

    // The segments behind a probe show its loss.
    private const int SegmentsBehindProbe = 3;

    // RFC 4821 section 7.2 for the first. The others are the minimum that is accepted from ICMP.
    private static ReadOnlySpan<int> StepsIPv4 => [1024, 552];

    private static ReadOnlySpan<int> StepsIPv6 => [1280];

    /// <summary>
    /// ICMP reports that the segment at <paramref name="seq"/>, which is in flight, was larger than
    /// <paramref name="mtu"/>.
    /// </summary>
    public static void OnTooBig(EngineState engine, Tcb tcb, int mtu, SeqNum seq, MonotonicTime now)
    {
        var mss = PayloadOf(tcb, mtu);
        if (!tcb.IsSynchronized)
            return;
        if (tcb.PathMtu is { } search && mss >= tcb.Snd.Mss)
            search.High = Math.Max(Math.Min(search.High, mss), search.Low);
        if (mss >= tcb.Snd.Mss)
            return;
        if (mss >= tcb.Snd.ProvenMss)
        {
            LowerTo(engine, tcb, mss, now);
            return;
        }

        // RFC 5927 section 7.2: segments of that size have passed. The report counts once this one is lost.
        search =
            tcb.PathMtu ??= new PathMtuSearch { Low = tcb.Snd.Mss, High = tcb.Snd.Mss, NextSearch = now + RaiseTimer };
        search.ClaimedMss = mss;
        search.ClaimedSeq = seq;
    }

    /// <summary>The retransmission timer has expired for data, and loss recovery has handled it.</summary>
    public static void OnTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.PathMtu is { } search)
        {
            if (search.ProbeSize > 0 && search.ProbeFrom == tcb.Snd.Una)
                search.OnProbeLost();
            search.ProbeSize = 0;
            if (search.ClaimedMss > 0 && tcb.Snd.Outstanding.Contains(search.ClaimedSeq)
                && search.ClaimedMss < tcb.Snd.Mss)
            {
                tcb.Snd.ProvenMss = 0;
                LowerTo(engine, tcb, search.ClaimedMss, now);
                return;
            }
        }

        var payload = Math.Min(tcb.Snd.Mss, tcb.Snd.FlightSize);
        var isProven = tcb.Snd.ProvenMss >= payload;
        if (engine.Options.PathMtuProbing == PathMtuProbing.Off
            || tcb.Loss.Timeouts < (isProven ? TimeoutsOfProven : TimeoutsOfBlackHole))
        {
            return;
        }

        var size = StepBelow(tcb, payload, usesMin: isProven);
        if (size == 0)
            return;
        engine.Counters.Add(Counter.PathMtuBlackHoles);
        search = tcb.PathMtu ??= new PathMtuSearch();
        search.High = Math.Max(search.High, tcb.Snd.Mss);
        search.TriesHighest = true;
        search.NextSearch = now;
        search.ClaimedMss = 0;
        search.Low = size;
        tcb.Snd.ProvenMss = 0;
        SetMss(tcb, size);
        LossRecovery.RetransmitAll(engine, tcb, SegmentReason.PathMtu);
    }

    /// <summary>SND.UNA has advanced.</summary>
    public static void OnAcknowledged(EngineState engine, Tcb tcb, PathMtuSearch search, MonotonicTime now)
    {
        if (search.ClaimedMss > 0 && tcb.Snd.Una > search.ClaimedSeq)
            search.ClaimedMss = 0;
        if (search.ProbeSize == 0 || tcb.Snd.Una < search.ProbeFrom + search.ProbeSize)
            return;
        search.Low = tcb.Snd.ProvenMss = search.ProbeSize;
        search.ProbeSize = 0;
        SetMss(tcb, search.Low);
        if (search.Low >= engine.EffectiveSendMss(tcb))
            tcb.PathMtu = null;
    }

    /// <summary>
    /// Attributes a loss to the MTU probe when nothing but the probe is lost: it was too big, and that is no congestion
    /// (RFC 4821 section 7.6). When more is lost the probe shows nothing of its size.
    /// </summary>
    public static bool AttributeLoss(Tcb tcb, Scoreboard board, int lost)
    {
        if (tcb.PathMtu is not { ProbeSize: > 0 } search)
            return false;
        var size = search.ProbeSize;
        if (lost > size || !board.FindLost(size, out var from, out _) || from != search.ProbeFrom)
        {
            search.ProbeSize = 0;
            return false;
        }

        // Without SACK only one segment of it is known to be lost.
        if (from == tcb.Snd.Una && lost < size)
            board.MarkFirstLost(size);
        search.OnProbeLost();
        return true;
    }

    /// <summary>
    /// Begins with small segments where probing is always on, and starts the next search when the last one has ended
    /// (RFC 4821 section 7.3). Called before new data is sent.
    /// </summary>
    public static void UpdateSearch(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsSynchronized)
            return;
        if (engine.Options.PathMtuProbing == PathMtuProbing.Always && tcb.PathMtu is null
            && tcb.LastDataSent == MonotonicTime.Zero)
        {
            BeginSmall(tcb);
        }

        if (tcb.PathMtu is not { NextProbe: 0 } search || !MayProbe(engine, tcb, search, now))
            return;
        search.NextSearch = now + RaiseTimer;
        search.High = engine.EffectiveSendMss(tcb);
        search.TriesHighest = true;
    }

    /// <summary>
    /// The size of the MTU probe that the next new data should be, in bytes of data; 0 when none is due.
    /// </summary>
    public static int DueProbe(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsSynchronized || tcb.PathMtu is not { } search || !MayProbe(engine, tcb, search, now))
            return 0;
        var size = search.NextProbe;
        var needed = size + (SegmentsBehindProbe * tcb.Snd.Mss);
        var unsent = tcb.FinSent ? 0 : tcb.SendQueue.End - tcb.Snd.Nxt;
        return size > 0 && unsent >= needed && tcb.Snd.Wnd >= needed && tcb.Congestion.Window >= needed ? size : 0;
    }

    /// <summary>Both windows have room for a probe. A probe that is due waits for it while data is in flight.</summary>
    public static bool HasRoom(Tcb tcb, int size) =>
        tcb.Snd.Edge - tcb.Snd.Nxt >= size && (LossRecovery.Usable(tcb) >= size || tcb.Snd.FlightSize == 0);

    private static bool MayProbe(EngineState engine, Tcb tcb, PathMtuSearch search, MonotonicTime now) =>
        search.ProbeSize == 0 && now >= search.NextSearch && engine.Options.PathMtuProbing != PathMtuProbing.Off
        && tcb.Loss.State == RecoveryState.Open && tcb.Loss.Timeouts == 0
        && !tcb.Pending.TailLossProbe && tcb.Snd.Up is null;

    private static void SetMss(Tcb tcb, int mss)
    {
        tcb.Snd.Mss = mss;
        tcb.Congestion.SetSmss(mss);
    }

    private static int PayloadOf(Tcb tcb, int mtu) =>
        mtu - IpHeader.LengthFor(tcb.Tuple.LocalAddress) - TcpHeader.MinLength - tcb.Ts.Overhead;

    /// <summary>The next smaller size, or the minimum after more timeouts; 0 when there is none.</summary>
    private static int StepBelow(Tcb tcb, int payload, bool usesMin = false)
    {
        var steps = tcb.Tuple.LocalAddress.IsIPv4 ? StepsIPv4 : StepsIPv6;
        foreach (var mtu in usesMin ? steps[^1..] : steps)
        {
            if (PayloadOf(tcb, mtu) < payload)
                return PayloadOf(tcb, mtu);
        }

        return 0;
    }

    private static void BeginSmall(Tcb tcb)
    {
        var size = StepBelow(tcb, tcb.Snd.Mss);
        if (size == 0)
            return;
        tcb.PathMtu = new PathMtuSearch { Low = size, High = tcb.Snd.Mss, TriesHighest = true };
        SetMss(tcb, size);
    }

    /// <summary>
    /// Lowers the segment size and retransmits what was too big at once in smaller segments, once in an RTO.
    /// </summary>
    private static void LowerTo(EngineState engine, Tcb tcb, int mss, MonotonicTime now)
    {
        var search = tcb.PathMtu ??= new PathMtuSearch();
        (search.Low, search.High) = (mss, engine.EffectiveSendMss(tcb));
        search.TriesHighest = true;
        search.NextSearch = now + RaiseTimer;
        search.ProbeSize = search.ClaimedMss = 0;
        SetMss(tcb, mss);
        // A router further on may report still less, and a forger may flood. The timer retransmits the rest.
        if (now < tcb.NextPathMtuRetransmission)
            return;
        tcb.NextPathMtuRetransmission = now + tcb.Rtt.Rto(engine.Options);
        LossRecovery.RetransmitAll(engine, tcb, SegmentReason.PathMtu);
    }
}
