using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>The target of a frame with the engine's numbers, which the peer of a fuzzer can read.</summary>
internal struct Target
{
    public FourTuple Tuple;
    public TcpState State;
    public Tcb? Tcb;
    public uint Iss;
    public uint Irs;
    public uint SndUna;
    public uint SndNxt;
    public uint SndEdge;
    public uint RcvNxt;
    public uint RcvEdge;
    public bool UsesTimestamps;
    public uint TsRecent;
    public uint TsNow;
    public uint TsSent;
    public int Mss;

    public static Target Of(Tcb tcb, MonotonicTime now) => new()
    {
        Tuple = tcb.Tuple,
        State = tcb.State,
        Tcb = tcb,
        Iss = tcb.Active.Snd.Iss.Value,
        Irs = tcb.Active.Rcv.Irs.Value,
        SndUna = tcb.Active.Snd.Una.Value,
        SndNxt = tcb.Active.Snd.Nxt.Value,
        SndEdge = tcb.Active.Snd.Edge.Value,
        RcvNxt = tcb.Active.Rcv.Nxt.Value,
        RcvEdge = tcb.Active.Rcv.Edge.Value,
        UsesTimestamps = tcb.Active.Ts.Ok,
        TsRecent = tcb.Active.Ts.Recent,
        TsNow = tcb.Active.Ts.At(now),
        TsSent = tcb.Active.Ts.At(tcb.Active.LastDataSent == MonotonicTime.Zero ? now : tcb.Active.LastDataSent),
        Mss = Math.Max(tcb.Active.Snd.Mss, 1),
    };
}
