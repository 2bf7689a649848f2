using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>
/// The step of the RFC that decides a case: its code in the tables, its section, and the engine's disposition.
/// </summary>
internal sealed record Step(string Code, string Section, string Meaning, Disposition Disposition)
{
    public static readonly Step ClosedReset = new(
        "C-rst", "3.10.7.1", "a RST is dropped", Disposition.NoConnection);

    public static readonly Step Closed = new(
        "C-any", "3.10.7.1", "anything else draws an acceptable RST", Disposition.NoConnection);

    public static readonly Step ListenReset = new(
        "L1-rst", "3.10.7.2 first", "a RST is ignored", Disposition.ResetIgnored);

    public static readonly Step ListenAck = new(
        "L2-ack", "3.10.7.2 second", "an ACK draws a RST", Disposition.AckUnacceptable);

    public static readonly Step ListenSyn = new(
        "L3-syn", "3.10.7.2 third", "a SYN opens a connection", Disposition.Opened);

    public static readonly Step ListenOther = new(
        "L4-any", "3.10.7.2 fourth", "anything else is dropped", Disposition.WithoutAck);

    public static readonly Step SynSentAck = new(
        "S1-ack", "3.10.7.3 first", "an ACK not of our SYN draws a RST, unless it is on a RST",
        Disposition.AckUnacceptable);

    public static readonly Step SynSentReset = new(
        "S2-rst", "3.10.7.3 second", "a RST with the ACK of our SYN refuses the connection", Disposition.Reset);

    public static readonly Step SynSentBareReset = new(
        "S2-bare", "3.10.7.3 second", "a RST without ACK is dropped", Disposition.ResetIgnored);

    public static readonly Step SynSentSyn = new(
        "S4-syn", "3.10.7.3 fourth",
        "a SYN: with the ACK of ours ESTABLISHED, without it a simultaneous open", Disposition.Accepted);

    public static readonly Step SynSentOther = new(
        "S5-any", "3.10.7.3 fifth", "neither SYN nor RST: dropped", Disposition.WithoutAck);

    public static readonly Step Outside = new(
        "1-seq", "3.10.7.4 first", "not acceptable: dropped, and an ACK sent", Disposition.OutsideWindow);

    public static readonly Step OutsideReset = new(
        "1-rst", "3.10.7.4 first; RFC 5961 3.2", "a RST outside the window is dropped", Disposition.ResetIgnored);

    public static readonly Step DuplicateSyn = new(
        "1-dup", "3.8.1; decision 0013", "a duplicate of the peer's SYN: the SYN,ACK is retransmitted",
        Disposition.OutsideWindow);

    public static readonly Step Reset = new(
        "2-rst", "3.10.7.4 second; RFC 5961 3.2", "a RST at RCV.NXT: the connection ends", Disposition.Reset);

    public static readonly Step ResetChallenged = new(
        "2-near", "3.10.7.4 second; RFC 5961 3.2", "a RST elsewhere in the window: challenge ACK",
        Disposition.ResetChallenged);

    public static readonly Step SynChallenged = new(
        "4-syn", "3.10.7.4 fourth; RFC 5961 4.2", "a SYN at any number: challenge ACK", Disposition.SynChallenged);

    public static readonly Step NoAck = new(
        "5-off", "3.10.7.4 fifth", "no ACK bit: dropped", Disposition.WithoutAck);

    public static readonly Step HandshakeAck = new(
        "5-rst", "3.10.7.4 fifth", "an ACK not of our SYN draws a RST", Disposition.AckUnacceptable);

    public static readonly Step AckChallenged = new(
        "5-ack", "3.10.7.4 fifth; RFC 5961 5.2", "an ACK of unsent data, or too old: challenge ACK, dropped",
        Disposition.AckUnacceptable);

    public static readonly Step Acknowledged = new(
        "5-ok", "3.10.7.4 fifth",
        "the ACK is processed, and may change the state; there is nothing else", Disposition.Accepted);

    public static readonly Step Data = new(
        "7-data", "3.10.7.4 seventh", "data is delivered and acknowledged", Disposition.Accepted);

    public static readonly Step DataHeld = new(
        "7-held", "3.10.7.4 seventh; RFC 5681 4.2",
        "out-of-order data is held, and a duplicate ACK sent", Disposition.Accepted);

    public static readonly Step DataAfterFin = new(
        "7-late", "3.10.7.4 seventh", "data after the peer's FIN is ignored", Disposition.Accepted);

    public static readonly Step Fin = new(
        "8-fin", "3.10.7.4 eighth", "the FIN is acknowledged, and changes the state", Disposition.Accepted);

    public static readonly Step FinHeld = new(
        "8-held", "3.10.7.4 eighth; RFC 5681 4.2",
        "an out-of-order FIN is held, and a duplicate ACK sent", Disposition.Accepted);

    public static readonly Step DuplicateFin = new(
        "8-late", "3.10.7.4 eighth", "a second FIN changes nothing", Disposition.Accepted);

    public static readonly Step TimeWaitReset = new(
        "T-rst", "RFC 1337 section 3; decision 0013", "a RST does not end TIME-WAIT", Disposition.ResetIgnored);

    public static readonly Step TimeWaitNew = new(
        "T-new", "3.6.1, MAY-2", "a SYN beyond the old connection opens a new one", Disposition.TimeWaitReused);

    public static readonly Step TimeWaitSyn = new(
        "T-syn", "3.10.7.4 fourth; RFC 5961 4.2", "any other SYN: challenge ACK", Disposition.TimeWait);

    public static readonly Step TimeWaitFin = new(
        "T-fin", "3.10.7.4 eighth",
        "a duplicate of the peer's FIN: acknowledged, and 2 MSL restarts", Disposition.TimeWait);

    public static readonly Step TimeWaitOther = new(
        "T-any", "3.10.7.4 first and fifth; decision 0013",
        "any segment but an empty one at RCV.NXT is acknowledged", Disposition.TimeWait);

    public static readonly Step TimeWaitAck = new(
        "T-ack", "3.10.7.4 fifth; decision 0013", "an empty segment at RCV.NXT is not answered", Disposition.TimeWait);
}
