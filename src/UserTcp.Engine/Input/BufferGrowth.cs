using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>When the buffers of a connection grow whose user has not set them (docs/decisions/0029). None does while memory is short.</summary>
internal static class BufferGrowth
{
    /// <summary>Text has come in order: once there is a quarter of a buffer of it, it is worth measuring.</summary>
    public static void OnData(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        if (tcb.ReceiveTuning is { } tuning)
        {
            var echoed = arrival.Timestamps is { } timestamps ? tcb.Ts.RoundTrip(timestamps.Echo, arrival.Now, engine.Options.MaxRto) : null;
            tuning.OnData(tcb.Rcv, echoed, arrival.Now);
        }
        else if (tcb.DataReceived > tcb.Rcv.Buffer / 4 && tcb.Rcv.Buffer < engine.MaxReceiveBuffer(tcb.Options))
        {
            tcb.ReceiveTuning = new ReceiveTuning(tcb.Rcv, tcb.Rtt.Srtt, arrival.Now);
        }
    }

    /// <summary>The user has consumed some of it.</summary>
    public static void OnConsumed(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.ReceiveTuning is not { } tuning || engine.Memory.IsUnderPressure)
            return;
        var max = engine.MaxReceiveBuffer(tcb.Options);
        // It may have grown beyond what the user has set since.
        if (tcb.Rcv.Buffer < max)
            tcb.Rcv.Buffer = tuning.OnConsumed(tcb.Rcv, engine.MssOfLink(tcb.Tuple.LocalAddress), max, now);
        if (tcb.Rcv.Buffer >= max)
            tcb.ReceiveTuning = null;
    }

    /// <summary>
    /// Twice the congestion window: one that is in flight, and one to follow it as it is acknowledged (Linux: tcp_sndbuf_expand). With
    /// memory short, a few segments, whatever the user has set.
    /// </summary>
    public static int SendBuffer(EngineState engine, Tcb tcb)
    {
        var min = tcb.Options.SendBufferSize ?? Math.Min(engine.Options.InitialSendBufferSize, engine.Options.SendBufferSize);
        if (engine.Memory.IsUnderPressure)
            return Math.Min(min, MemoryThresholds.MinSendBuffer);
        if (tcb.Options.SendBufferSize is not null)
            return min;
        // There is no congestion window before the handshake is complete, and to ask for it would settle it.
        return !tcb.IsSynchronized ? min : (int)Math.Clamp(2 * tcb.Congestion.Window, min, engine.Options.SendBufferSize);
    }
}
