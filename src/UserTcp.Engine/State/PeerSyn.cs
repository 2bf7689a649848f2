using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// Applies the peer's SYN to a connection: IRS, window, MSS, window scale, SACK, timestamps, ECN (RFC 9293 section
/// 3.5).
/// </summary>
internal static class PeerSyn
{
    private const int DefaultMssIPv4 = 536;
    private const int DefaultMssIPv6 = 1220;

    // A smaller MSS would let a peer make us send more headers than data (CVE-2019-11479); 48 is Linux's floor.
    private const int MinMss = 48;

    /// <summary>Applies the peer's SYN: its sequence number, its options, its window.</summary>
    public static void Apply(
        EngineState engine, Tcb tcb, in TcpSegment segment, in TcpOptions options, MonotonicTime now)
    {
        tcb.Ts.OnSyn(options.Timestamps?.Value, now);
        tcb.SackOk = tcb.SackOk && options.SackPermitted;
        tcb.Ecn.OnSyn(segment.Flags);
        UserTimeout.Record(tcb, options);
        Apply(engine, tcb, segment.Seq, options.Mss, options.WindowScale);
        // The window of a SYN is never scaled (RFC 7323 section 2.2).
        tcb.Snd.SetWindow(segment.Seq, segment.Ack, segment.Window);
    }

    /// <summary>
    /// Applies IRS, MSS and window scale of the peer's SYN. The timestamps come before, since Eff.snd.MSS depends on
    /// them.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="tcb">The connection.</param>
    /// <param name="irs">SEG.SEQ of the SYN.</param>
    /// <param name="mss">The MSS option in bytes; null when the SYN has none.</param>
    /// <param name="peerScale">The window scale option; null when the SYN has none.</param>
    public static void Apply(EngineState engine, Tcb tcb, SeqNum irs, ushort? mss, WindowScale? peerScale)
    {
        tcb.Rcv.Irs = irs;
        tcb.Rcv.Nxt = tcb.Rcv.AckSent = irs + 1;
        tcb.Rcv.Edge = tcb.Rcv.Nxt + Math.Min(tcb.Rcv.Buffer, ushort.MaxValue);
        if (peerScale is { } scale)
        {
            tcb.Snd.Scale = scale;
        }
        else
        {
            tcb.OffersWindowScale = false;
            tcb.Rcv.Scale = WindowScale.None;
        }

        tcb.Snd.PeerMss = MssOf(tcb.Tuple.LocalAddress, mss);
        tcb.Snd.Mss = engine.EffectiveSendMss(tcb);
        tcb.Rcv.LargestPayload = Math.Min(DefaultMssIPv4, engine.MssOfLink(tcb.Tuple.LocalAddress));
    }

    /// <summary>SendMSS in bytes: the option, or the default of the address family without one (MUST-15).</summary>
    public static int MssOf(IpAddress family, ushort? option) =>
        Math.Max(option ?? (family.IsIPv4 ? DefaultMssIPv4 : DefaultMssIPv6), MinMss);
}
