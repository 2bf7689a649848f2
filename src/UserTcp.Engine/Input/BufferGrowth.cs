using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>
/// Receive buffer auto-tuning (docs/decisions/0029), for connections whose application has not set the size. Under
/// memory pressure no buffer grows.
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
}
