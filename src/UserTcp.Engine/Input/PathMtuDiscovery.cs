using UserTcp.Engine.Contract;
using UserTcp.Engine.PathMtu;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// What a path carries: lower when ICMP says so and may be believed (RFC 1191, RFC 8201, RFC 5927 section 7) or when full-sized segments
/// vanish without a word (RFC 4821 section 7.7, RFC 8899 section 4.3), higher when a larger segment has passed (docs/decisions/0030).
/// </summary>
internal static class PathMtuDiscovery
{
    // RFC 4821 section 7.3: the path may have changed meanwhile (RFC 1191 section 6.3, RFC 8201 section 4).
    private static readonly TimeSpan RaiseTimer = TimeSpan.FromMinutes(10);

    // Timeouts in a row that are no accident any more: of a segment whose size is new to the path, and of one whose like has passed.
    private const int TimeoutsOfBlackHole = 2;
    private const int TimeoutsOfProven = 3;

    // A probe's loss is seen in what is sent behind it.
    private const int SegmentsBehindProbe = 3;

    // RFC 4821 section 7.2 for the first; the others are the least that is believed of ICMP.
    private static ReadOnlySpan<int> StepsIPv4 => [1024, 552];

    private static ReadOnlySpan<int> StepsIPv6 => [1280];

    /// <summary>ICMP says that the segment at <paramref name="seq"/>, which is in flight, was larger than <paramref name="mtu"/>.</summary>
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

        // RFC 5927 section 7.2: such segments have passed. It is believed when this one does not.
        search = tcb.PathMtu ??= new PathMtuSearch { Low = tcb.Snd.Mss, High = tcb.Snd.Mss, NextSearch = now + RaiseTimer };
        search.ClaimedMss = mss;
        search.ClaimedSeq = seq;
    }

    /// <summary>The retransmission timer has expired over text, and the loss has been dealt with.</summary>
    public static void OnTimeout(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.PathMtu is { } search)
        {
            if (search.ProbeSize > 0 && search.ProbeFrom == tcb.Snd.Una)
                search.OnProbeLost();
            search.ProbeSize = 0;
            if (search.ClaimedMss > 0 && tcb.Snd.InFlight.Contains(search.ClaimedSeq) && search.ClaimedMss < tcb.Snd.Mss)
            {
                tcb.Snd.ProvenMss = 0;
                LowerTo(engine, tcb, search.ClaimedMss, now);
                return;
            }
        }

        var payload = Math.Min(tcb.Snd.Mss, tcb.Snd.FlightSize);
        var isProven = tcb.Snd.ProvenMss >= payload;
        if (engine.Options.PathMtuProbing == PathMtuProbing.Off || tcb.Loss.Timeouts < (isProven ? TimeoutsOfProven : TimeoutsOfBlackHole))
            return;
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
        LossRecovery.RetransmitAll(tcb, SegmentReason.PathMtu);
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
    /// Losses have been found. True when it is the probe that is lost and nothing else, which says nothing of congestion (RFC 4821 section
    /// 7.6); with more lost the probe has said nothing of its size either.
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

        // Without SACK no more of it is known to be lost than a segment.
        if (from == tcb.Snd.Una && lost < size)
            board.MarkFirstLost(size);
        search.OnProbeLost();
        return true;
    }

    /// <summary>
    /// Begins with small segments where probing is always on, and starts the next search when the last one has ended (RFC 4821 section
    /// 7.3). Called before new data is sent.
    /// </summary>
    public static void UpdateSearch(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsSynchronized)
            return;
        if (engine.Options.PathMtuProbing == PathMtuProbing.Always && tcb.PathMtu is null && tcb.LastDataSent == MonotonicTime.Zero)
            BeginSmall(tcb);
        if (tcb.PathMtu is not { NextProbe: 0 } search || !MayProbe(engine, tcb, search, now))
            return;
        search.NextSearch = now + RaiseTimer;
        search.High = engine.EffectiveSendMss(tcb);
        search.TriesHighest = true;
    }

    /// <summary>The size of the MTU probe that the next new data should be, in bytes of data; 0 when none is due.</summary>
    public static int DueProbe(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (!tcb.IsSynchronized || tcb.PathMtu is not { } search || !MayProbe(engine, tcb, search, now))
            return 0;
        var size = search.NextProbe;
        var needed = size + (SegmentsBehindProbe * tcb.Snd.Mss);
        var unsent = tcb.FinSent ? 0 : tcb.SendQueue.End - tcb.Snd.Nxt;
        return size > 0 && unsent >= needed && tcb.Snd.Wnd >= needed && tcb.Congestion.Window >= needed ? size : 0;
    }

    /// <summary>There is room for a probe in both windows; else one that is due waits for it, while something is in flight to make some.</summary>
    public static bool HasRoom(Tcb tcb, int size) =>
        tcb.Snd.Edge - tcb.Snd.Nxt >= size && (LossRecovery.Usable(tcb) >= size || tcb.Snd.FlightSize == 0);

    private static bool MayProbe(EngineState engine, Tcb tcb, PathMtuSearch search, MonotonicTime now) =>
        search.ProbeSize == 0 && now >= search.NextSearch && engine.Options.PathMtuProbing != PathMtuProbing.Off
        && tcb.Loss.State == RecoveryState.Open && tcb.Loss.Timeouts == 0 && !tcb.Pending.TailLossProbe && tcb.Snd.Up is null;

    private static void SetMss(Tcb tcb, int mss)
    {
        tcb.Snd.Mss = mss;
        tcb.Congestion.OnSmssChanged(mss);
    }

    private static int PayloadOf(Tcb tcb, int mtu) =>
        mtu - IpHeader.LengthFor(tcb.Tuple.LocalAddress) - TcpHeader.MinLength - tcb.Ts.Overhead;

    /// <summary>The next smaller size, or after a longer wait the least; 0 when there is none.</summary>
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

    /// <summary>Only ever down, and what was too big goes out again at once in smaller pieces, once in an RTO.</summary>
    private static void LowerTo(EngineState engine, Tcb tcb, int mss, MonotonicTime now)
    {
        var search = tcb.PathMtu ??= new PathMtuSearch();
        (search.Low, search.High) = (mss, engine.EffectiveSendMss(tcb));
        search.TriesHighest = true;
        search.NextSearch = now + RaiseTimer;
        search.ProbeSize = search.ClaimedMss = 0;
        SetMss(tcb, mss);
        // A router further on may say still less; a flood of them is a forger's. What is not sent again now the timer finds.
        if (now < tcb.NextPathMtuRetransmission)
            return;
        tcb.NextPathMtuRetransmission = now + tcb.Rtt.Rto(engine.Options);
        LossRecovery.RetransmitAll(tcb, SegmentReason.PathMtu);
    }
}
