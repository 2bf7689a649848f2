using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.Diagnostics;

/// <summary>
/// What holds for every connection between two calls into the engine, once its output has been taken. The fuzzer asks after each step;
/// nothing on a segment's path does.
/// </summary>
internal static class TcbInvariants
{
    /// <summary>The first rule that does not hold for a connection, or null.</summary>
    /// <param name="engine">The engine's shared state.</param>
    /// <param name="tcb">A connection that is in its tables.</param>
    /// <param name="isDrained">All output has been taken; false leaves out the rules that only then hold.</param>
    public static string? FindViolation(EngineState engine, Tcb tcb, bool isDrained)
    {
        tcb.Unpark();
        return !tcb.IsLive || engine.Connections.Find(tcb.Tuple) != tcb ? "table: a connection is not where it can be found"
        : FindInSequence(tcb) ?? FindInQueues(engine, tcb) ?? FindInFlight(engine, tcb) ?? FindInTimers(engine, tcb, isDrained);
    }

    private static string? FindInSequence(Tcb tcb)
    {
        ref var snd = ref tcb.Snd;
        ref var rcv = ref tcb.Rcv;
        if (snd.FlightSize is < 0 or > EngineOptions.MaxBuffer + 1)
            return $"sequence: SND.NXT - SND.UNA is {snd.FlightSize}";
        if (snd.Una - snd.Iss < 0 && tcb.DataAcknowledged < int.MaxValue / 2)
            return "sequence: SND.UNA is before ISS";
        // A FIN is taken at the edge of a full window.
        if (rcv.Edge - rcv.Nxt < (rcv.Fin is null ? 0 : -1) || rcv.Edge - rcv.Nxt > EngineOptions.MaxBuffer)
            return $"sequence: RCV.WND is {rcv.Edge - rcv.Nxt}";
        if (snd.Wnd > EngineOptions.MaxBuffer || snd.MaxWnd > EngineOptions.MaxBuffer)
            return $"sequence: SND.WND is {snd.Wnd}, its maximum {snd.MaxWnd}";
        if (tcb.State != TcpState.SynSent && snd.Mss <= 0)
            return $"sequence: an MSS of {snd.Mss}";
        return null;
    }

    private static string? FindInQueues(EngineState engine, Tcb tcb)
    {
        ref var queue = ref tcb.SendQueue;
        var isSynOpen = tcb.Snd.Una == tcb.Snd.Iss && queue.Start == tcb.Snd.Iss + 1;
        if (queue.Start != tcb.Snd.Una && !isSynOpen && !tcb.IsFinAcknowledged)
            return $"queue: the send queue starts {queue.Start - tcb.Snd.Una} from SND.UNA";
        if (tcb.State != TcpState.SynSent && tcb.Snd.Nxt - queue.End > (tcb.FinSent ? 1 : 0))
            return "queue: sent data is not in the send queue";
        if (tcb.Rcv.Held < 0 || tcb.Rcv.Held < tcb.ReceiveQueue.Length)
            return $"queue: {tcb.Rcv.Held} bytes held, {tcb.ReceiveQueue.Length} queued";
        // What the application has taken and not consumed may be counted by the block until it says so.
        if (tcb.CountedMemory < tcb.Memory)
            return $"memory: {tcb.CountedMemory} bytes counted, {tcb.Memory} used";
        return tcb.OutOfOrder is { } outOfOrder ? FindInOutOfOrder(engine, tcb, outOfOrder) : null;
    }

    private static string? FindInOutOfOrder(EngineState engine, Tcb tcb, OutOfOrderQueue queue)
    {
        var before = 0;
        var window = tcb.Rcv.Edge - tcb.Rcv.Nxt;
        for (var i = 0; i < queue.RangeCount; i++)
        {
            var (start, end) = queue[i];
            var (from, to) = (start - tcb.Rcv.Nxt, end - tcb.Rcv.Nxt);
            if (from <= before || to <= from || to > window)
                return $"out of order: range {i} is [{from}, {to}) after {before}, in a window of {window}";
            before = to;
        }

        return queue.RangeCount > engine.Options.MaxOutOfOrderRanges ? $"out of order: {queue.RangeCount} ranges" : null;
    }

    private static string? FindInFlight(EngineState engine, Tcb tcb)
    {
        if (!tcb.IsSynchronized)
            return null;
        if (tcb.CongestionOrInitial.Window < tcb.Snd.Mss)
            return $"congestion: cwnd is {tcb.CongestionOrInitial.Window}, less than a segment of {tcb.Snd.Mss}";
        var rto = tcb.Rtt.Rto(engine.Options);
        if (rto < engine.Options.MinRto || rto > engine.Options.MaxRto)
            return $"timers: the RTO is {rto}";
        if (tcb.Loss.Flight is not { Board: var board })
            return tcb.Snd.FlightSize > 0 ? "scoreboard: none for data in flight" : null;
        return FindInScoreboard(tcb, board);
    }

    private static string? FindInScoreboard(Tcb tcb, Scoreboard board)
    {
        var (at, sacked, lost, retransmitted) = (board.Start, 0, 0, 0);
        foreach (ref readonly var range in board.Ranges)
        {
            var bytes = range.End - at;
            if (bytes <= 0)
                return $"scoreboard: a range of {bytes} bytes";
            if (range.Has(RangeFlags.Sacked) && (range.Has(RangeFlags.Lost) || range.Has(RangeFlags.Retransmitted)))
                return $"scoreboard: a range is {range.Flags}";
            sacked += range.Has(RangeFlags.Sacked) ? bytes : 0;
            lost += range.Has(RangeFlags.Lost) ? bytes : 0;
            retransmitted += range.Has(RangeFlags.Retransmitted) ? bytes : 0;
            at = range.End;
        }

        if (board.Start != tcb.Snd.Una || at != tcb.Snd.Nxt)
            return $"scoreboard: it covers {board.Start - tcb.Snd.Una} to {at - tcb.Snd.Una} of {tcb.Snd.FlightSize} bytes";
        return (sacked, lost, retransmitted) == (board.Sacked, board.Lost, board.Retransmitted)
            ? null
            : $"scoreboard: counts {(board.Sacked, board.Lost, board.Retransmitted)}, has {(sacked, lost, retransmitted)} bytes SACKed, lost, retransmitted";
    }

    /// <summary>A connection that waits for its peer has a timer, and the queue of timers knows.</summary>
    private static string? FindInTimers(EngineState engine, Tcb tcb, bool isDrained)
    {
        var earliest = tcb.Timers.Earliest;
        if (engine.Timers.NextDeadline > earliest)
            return "timers: one is not in the queue";
        if (!isDrained)
            return null;
        var retransmits = tcb.Timers.IsRunning(TcbTimer.Retransmission) || tcb.Timers.IsRunning(TcbTimer.Persist);
        if (tcb.Snd.FlightSize > 0 && !retransmits)
            return $"timers: {tcb.Snd.FlightSize} bytes in flight in {tcb.State}, and none runs";
        if (tcb.IsSynchronized && tcb.HasUnsent && !retransmits && !tcb.Timers.IsRunning(TcbTimer.Pacing))
            return $"timers: data to send in {tcb.State}, and none runs";
        return tcb.State == TcpState.FinWait2 && tcb.IsOrphan && !tcb.Timers.IsRunning(TcbTimer.GiveUp)
            ? "timers: an orphan waits for FIN, and none runs" : null;
    }
}
