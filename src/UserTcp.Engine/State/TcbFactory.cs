using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>Makes the TCB that an OPEN or a SYN asks for.</summary>
internal static class TcbFactory
{
    public static Tcb Create(EngineCore core, in FourTuple tuple, ConnectionOptions options, SeqNum iss, bool isPassive)
    {
        var tcb = new Tcb(tuple, options.CongestionControl ?? core.Options.CongestionControl, options, isPassive, core.Parking)
        {
            OffersWindowScale = true,
            SackOk = core.Options.Sack,
        };
        tcb.Snd.Begin(iss);
        tcb.Rcv.Buffer = InitialReceiveBuffer(core, options);
        // For what the buffer may grow to: a scale cannot be changed later.
        tcb.Rcv.Scale = WindowScale.ForWindow((uint)core.MaxReceiveBuffer(options));
        tcb.SendQueue.Begin(iss + 1);
        tcb.Ecn.Ok = isPassive ? core.Options.Ecn != EcnMode.Off : core.Options.Ecn == EcnMode.Active;
        if (core.Options.Timestamps)
            tcb.Ts.Begin(TimestampClock.OffsetOf(core.Keys.Timestamps, tuple));
        return tcb;
    }

    /// <summary>Bytes of receive buffer that a connection begins with.</summary>
    public static int InitialReceiveBuffer(EngineCore core, ConnectionOptions options) =>
        options.ReceiveBufferSize ?? Math.Min(core.Options.InitialReceiveBufferSize, core.Options.ReceiveBufferSize);
}
