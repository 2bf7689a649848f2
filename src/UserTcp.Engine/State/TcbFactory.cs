using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>Creates the TCB of an active or passive open.</summary>
internal static class TcbFactory
{
    public static Tcb Create(
        EngineState engine, in FourTuple tuple, ConnectionOptions options, SeqNum iss, bool isPassive)
    {
        var algorithm = options.CongestionControl ?? engine.Options.CongestionControl;
        var tcb = new Tcb(tuple, algorithm, options, isPassive, engine.Parking)
        {
            CustomCongestionControl = CustomCongestionControl(engine, options),
            OffersWindowScale = true,
            SackOk = engine.Options.Sack,
            IsLooped = engine.Addresses.Contains(tuple.RemoteAddress),
        };
        tcb.Snd.Begin(iss);
        tcb.Rcv.Buffer = InitialReceiveBuffer(engine, options);
        // For the max size of the buffer, since the scale cannot be changed later.
        tcb.Rcv.Scale = WindowScale.ForWindow((uint)engine.MaxReceiveBuffer(options));
        tcb.SendQueue.Begin(iss + 1);
        tcb.Ecn.Ok = isPassive ? engine.Options.Ecn != EcnMode.Off : engine.Options.Ecn == EcnMode.Active;
        if (engine.Options.Timestamps)
            tcb.Ts.Begin(TimestampClock.OffsetOf(engine.Keys.Timestamps, tuple));
        return tcb;
    }

    /// <summary>The initial receive buffer in bytes.</summary>
    public static int InitialReceiveBuffer(EngineState engine, ConnectionOptions options) =>
        options.ReceiveBufferSize
        ?? Math.Min(engine.Options.InitialReceiveBufferSize, engine.Options.ReceiveBufferSize);

    /// <summary>A choice of the connection overrides each choice of the engine.</summary>
    private static CongestionControlFactory? CustomCongestionControl(EngineState engine, ConnectionOptions options) =>
        options.CustomCongestionControl
        ?? (options.CongestionControl is null ? engine.Options.CustomCongestionControl : null);
}
