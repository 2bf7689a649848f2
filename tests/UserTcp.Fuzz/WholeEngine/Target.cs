using UserTcp.Engine;
using UserTcp.Wire;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>What a frame is aimed at, with the numbers that the engine has for it now; the peer of a fuzzer sees through walls.</summary>
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
        Iss = tcb.Snd.Iss.Value,
        Irs = tcb.Rcv.Irs.Value,
        SndUna = tcb.Snd.Una.Value,
        SndNxt = tcb.Snd.Nxt.Value,
        SndEdge = tcb.Snd.Edge.Value,
        RcvNxt = tcb.Rcv.Nxt.Value,
        RcvEdge = tcb.Rcv.Edge.Value,
        UsesTimestamps = tcb.Ts.Ok,
        TsRecent = tcb.Ts.Recent,
        TsNow = tcb.Ts.At(now),
        TsSent = tcb.Ts.At(tcb.LastTextSent == MonotonicTime.Zero ? now : tcb.LastTextSent),
        Mss = Math.Max(tcb.Snd.Mss, 1),
    };
}
