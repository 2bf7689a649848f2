using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>
/// A script whose connection is in a given state, with the sequence numbers of both ends, relative to their ISNs.
/// </summary>
/// <param name="Script">The script.</param>
/// <param name="SndUna">SND.UNA.</param>
/// <param name="SndNxt">SND.NXT.</param>
/// <param name="RcvNxt">RCV.NXT.</param>
internal sealed record Reached(Script Script, uint SndUna, uint SndNxt, uint RcvNxt)
{
    /// <summary>The synchronized states but TIME-WAIT.</summary>
    public static TheoryData<TcpState> Synchronized =>
    [
        TcpState.Established, TcpState.FinWait1, TcpState.FinWait2, TcpState.CloseWait,
        TcpState.Closing, TcpState.LastAck,
    ];

    /// <summary>Brings a new connection into the state, from a passive open (SYN-SENT: from an active open).</summary>
    public static Reached State(
        TcpState state, string family = "4", uint iss = Isn.BeforeWrap, uint irs = Isn.BeforeHalf) =>
        In(
            new Script(
                family: family, iss: iss, irs: irs,
                cookies: state == TcpState.SynReceived ? SynCookieMode.Never : null),
            state);

    public static Reached In(Script script, TcpState state)
    {
        var reached = state switch
        {
            TcpState.SynSent => Opened(script),
            TcpState.SynReceived => Half(script),
            TcpState.Established => Accepted(script),
            TcpState.FinWait1 => ShutDown(Accepted(script)),
            TcpState.FinWait2 => FinAcknowledged(ShutDown(Accepted(script))),
            TcpState.CloseWait => FinReceived(Accepted(script)),
            TcpState.Closing => FinReceived(ShutDown(Accepted(script))),
            TcpState.LastAck => ShutDown(FinReceived(Accepted(script))),
            TcpState.TimeWait => FinReceived(FinAcknowledged(ShutDown(Accepted(script)))),
            _ => throw new ArgumentOutOfRangeException(nameof(state)),
        };
        Assert.Equal(state, script.State);
        script.ExpectNothing();
        return reached;
    }

    private static Reached Opened(Script script)
    {
        script.Open();
        return new Reached(script, 0, 1, 0);
    }

    private static Reached Half(Script script)
    {
        script.Listen();
        script.Inject(TcpFlags.Syn, seq: 0);
        script.Expect(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);
        return new Reached(script, 0, 1, 1);
    }

    private static Reached Accepted(Script script)
    {
        script.Accept();
        return new Reached(script, 1, 1, 1);
    }

    private static Reached ShutDown(Reached at)
    {
        at.Script.Shutdown();
        at.Script.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: at.SndNxt, ack: at.RcvNxt);
        return at with { SndNxt = at.SndNxt + 1 };
    }

    private static Reached FinAcknowledged(Reached at)
    {
        at.Script.Inject(TcpFlags.Ack, seq: at.RcvNxt, ack: at.SndNxt);
        return at with { SndUna = at.SndNxt };
    }

    private static Reached FinReceived(Reached at)
    {
        at.Script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: at.RcvNxt, ack: at.SndUna);
        at.Script.Expect(TcpFlags.Ack, seq: at.SndNxt, ack: at.RcvNxt + 1);
        return at with { RcvNxt = at.RcvNxt + 1 };
    }
}
