using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.WholeEngine;

/// <content>The end of a world: an honest peer if the setup has one, then silence, then close of everything; no state
/// may be left.</content>
internal sealed partial class EngineWorld
{
    private const int MaxSilentTimers = 20_000;
    private const int MaxHealingTurns = 20_000;

    private static readonly TimeSpan MaxHealing = TimeSpan.FromHours(12);

    /// <summary>
    /// The peer acknowledges all data in order and with an open window, and nothing is lost: all queued data has to
    /// arrive, unless the connection ends.
    /// </summary>
    private void Heal()
    {
        // The application reads too: a zero window of the engine would block the peer.
        foreach (var handle in _handles.ToArray())
            Read(handle);
        Turn();
        _checks.Record = true;
        var until = _now + MaxHealing;
        for (var turn = 0; turn < MaxHealingTurns && HasUndelivered(); turn++)
        {
            if (!AnswerHonestly())
            {
                var next = Engine.NextDeadline;
                Require(
                    next != MonotonicTime.Never, "liveness: data and no timer",
                    $"Data waits and no timer runs. {Leftovers()}");
                Require(
                    next < until, "liveness: no progress", $"An honest peer has waited for 12 hours. {Leftovers()}");
                _now = next > _now ? next : _now;
                Engine.OnTimer(_now);
            }

            Turn();
        }

        Require(
            !HasUndelivered(), "liveness: no end",
            $"An honest peer has answered {MaxHealingTurns} times. {Leftovers()}");
        _checks.Record = false;
    }

    private bool HasUndelivered()
    {
        foreach (var tcb in Core.Connections.All())
        {
            if (tcb.IsSynchronized && (tcb.Active.SendQueue.Length > 0 || (tcb.FinQueued && !tcb.IsFinAcknowledged)))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Acknowledges on each connection with sent data what the peer holds, starting from the engine's SND.UNA.
    /// </summary>
    private bool AnswerHonestly()
    {
        var answers = false;
        foreach (var watch in _checks.Watches)
        {
            if (!watch.HasSent || watch.Tcb is not { IsLive: true, IsSynchronized: true } tcb)
                continue;
            watch.HasSent = false;
            answers = true;
            var target = Target.Of(tcb, _now);
            var held = watch.HonestNxt > tcb.Active.Snd.Una ? watch.HonestNxt : tcb.Active.Snd.Una;
            // The peer's SND.NXT is not before any segment that it has sent.
            var seq = SeqNum.Max(tcb.Active.Rcv.Nxt, tcb.Active.Snd.Wl1);
            _draft.Begin(target.Tuple, seq.Value, held.Value, TcpFlags.Ack);
            AddUsualTimestamps(target);
            Deliver(_draft.Write(_frame, _setup.Link.MaxFrame));
        }

        return answers;
    }

    /// <summary>
    /// No further frame arrives. Timers have to end every wait; then the application closes all connections, which end
    /// too.
    /// </summary>
    private void EndInSilence()
    {
        // Only a connection without a user timeout may wait for ever.
        foreach (var handle in _handles.ToArray())
        {
            if (handle.Tcb.Options.UserTimeout == TimeSpan.Zero)
            {
                Engine.SetOptions(
                    handle.Tcb, handle.Tcb.Options with { UserTimeout = TimeSpan.FromSeconds(100) }, _now);
            }
        }

        Turn();
        LetTimersRun();
        foreach (var tcb in Core.Connections.All())
        {
            Require(
                tcb is { IsSynchronized: true, Active.Snd.FlightSize: 0, HasUnsent: false }, "liveness: stuck",
                $"{tcb.State}, {tcb.Active.Snd.FlightSize} bytes in flight, {tcb.Active.SendQueue.Length} queued, and "
                + $"no timer runs.");
        }

        foreach (var listener in _listeners)
            Engine.CloseListener(listener, _now);
        _listeners.Clear();
        CloseEndpoints();
        foreach (var handle in _handles.ToArray())
            Engine.Close(handle.Tcb, _now);
        Turn();
        LetTimersRun();
        var isEmpty = Engine is { ConnectionCount: 0, TimeWaitCount: 0, OrphanCount: 0, MemoryHeld: 0, TimerCount: 0 }
            && Core.Replies.Count == 0;
        Require(isEmpty, "liveness: not empty", $"{Leftovers()}");
        Engine.Dispose();
        foreach (var handle in _handles)
            Block.ReleaseChain(Engine.Receive(handle.Tcb));
        Require(_pool.Rented == 0, "pool: leak", $"{_pool.Rented} blocks are out at the end.");
    }

    private void LetTimersRun()
    {
        for (var count = 0; Engine.NextDeadline != MonotonicTime.Never; count++)
        {
            Require(
                count < MaxSilentTimers, "liveness: timers without end",
                $"{count} timers have expired in silence. {Leftovers()}");
            if (Engine.NextDeadline > _now)
                _now = Engine.NextDeadline;
            Engine.OnTimer(_now);
            Turn();
        }
    }

    private string Leftovers() =>
        $"{Engine.ConnectionCount} connections ({string.Join(", ", Core.Connections.All().Select(Describe))}), "
        + $"{Core.HalfOpen.Count} half-open, " +
        $"{Engine.TimeWaitCount} in TIME-WAIT, {Engine.OrphanCount} orphans, {Engine.MemoryHeld} bytes, "
        + $"{Engine.TimerCount} timers.";

    private string Describe(Tcb tcb) =>
        $"{tcb.State}: {tcb.Active.Snd.FlightSize} in flight, {tcb.Active.SendQueue.Length} queued, window "
        + $"{tcb.Active.Snd.Wnd}, MSS {tcb.Active.Snd.Mss}, " +
        $"{tcb.Active.Loss.State}, pipe {tcb.Active.Loss.Pipe}, cwnd {tcb.CongestionWindow}, " +
        string.Join(", ", Enum.GetValues<TcbTimer>().Where(timer => tcb.Active.Timers.IsRunning(timer))
            .Select(timer => $"{timer} in {tcb.Active.Timers[timer] - _now}"));
}
