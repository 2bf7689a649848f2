using UserTcp.Engine.Buffers;

namespace UserTcp.Engine.State;

/// <summary>Send buffer auto-tuning (docs/decisions/0029).</summary>
internal static class SendBuffer
{
    /// <summary>
    /// The send buffer in bytes: twice cwnd, for what is in flight and what replaces it as it is acknowledged (Linux:
    /// tcp_sndbuf_expand). Under memory pressure it is a few segments, whatever the application has set.
    /// </summary>
    public static int Of(EngineState engine, Tcb tcb)
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
