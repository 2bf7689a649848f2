using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>
/// Buffer auto-tuning (docs/decisions/0029), for connections whose application has not set the sizes. Under memory
/// pressure no buffer grows.
/// </summary>
internal static class BufferGrowth
{
    /// <summary>Data has arrived in order. The measurement starts after a quarter of the receive buffer.</summary>
    public static void OnData(EngineState engine, Tcb tcb, in Arrival arrival)
    {
        if (tcb.ReceiveTuning is { } tuning)
        {
            var echoed = arrival.Timestamps is { } timestamps
                ? tcb.Ts.RoundTrip(timestamps.Echo, arrival.Now, engine.Options.MaxRto)
                : null;
            tuning.OnData(tcb.Rcv, echoed, arrival.Now);
        }
        else if (tcb.DataReceived > tcb.Rcv.Buffer / 4 && tcb.Rcv.Buffer < engine.MaxReceiveBuffer(tcb.Options))
        {
            tcb.ReceiveTuning = new ReceiveTuning(tcb.Rcv, tcb.Rtt.Srtt, arrival.Now);
        }
    }

    /// <summary>The application has consumed data: RCV.BUFF grows if its rate needs it.</summary>
    public static void OnConsumed(EngineState engine, Tcb tcb, MonotonicTime now)
    {
        if (tcb.ReceiveTuning is not { } tuning || engine.Memory.IsUnderPressure)
            return;
        var max = engine.MaxReceiveBuffer(tcb.Options);
        // The application may have set a smaller size since.
        if (tcb.Rcv.Buffer < max)
            tcb.Rcv.Buffer = tuning.OnConsumed(tcb.Rcv, engine.MssOfLink(tcb.Tuple.LocalAddress), max, now);
        if (tcb.Rcv.Buffer >= max)
            tcb.ReceiveTuning = null;
    }

    /// <summary>
    /// The send buffer in bytes: twice cwnd, for what is in flight and what replaces it as it is acknowledged (Linux:
    /// tcp_sndbuf_expand). Under memory pressure it is a few segments, whatever the application has set.
    /// </summary>
    public static int SendBuffer(EngineState engine, Tcb tcb)
    {
        var min = tcb.Options.SendBufferSize
            ?? Math.Min(engine.Options.InitialSendBufferSize, engine.Options.SendBufferSize);
        if (engine.Memory.IsUnderPressure)
            return Math.Min(min, MemoryThresholds.MinSendBuffer);
        if (tcb.Options.SendBufferSize is not null)
            return min;
        // There is no cwnd before the handshake is complete.
        return tcb.IsSynchronized
            ? (int)Math.Clamp(2 * tcb.CongestionWindow, min, engine.Options.SendBufferSize)
            : min;
    }
}
