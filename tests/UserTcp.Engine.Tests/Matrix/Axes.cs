using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>The control bits of the arriving segment.</summary>
public enum FlagSet
{
    /// <summary>No control bit, with data.</summary>
    None,
    Ack,
    Syn,
    SynAck,
    Rst,
    RstAck,
    FinAck,

    /// <summary>PSH and ACK with data.</summary>
    Data,
}

/// <summary>Where SEG.SEQ lies.</summary>
public enum SeqClass
{
    /// <summary>The whole segment lies below the window: an old duplicate.</summary>
    Old,

    /// <summary>RCV.NXT - 1: a duplicate FIN or SYN, a keep-alive, or partly new data.</summary>
    Before,

    /// <summary>RCV.NXT.</summary>
    Next,

    /// <summary>In the window, not at RCV.NXT.</summary>
    Inside,

    /// <summary>RCV.NXT + RCV.WND.</summary>
    Edge,

    /// <summary>Half the sequence space away.</summary>
    Far,
}

/// <summary>Where SEG.ACK lies.</summary>
public enum AckClass
{
    /// <summary>SND.UNA - MAX.SND.WND - 1.</summary>
    TooOld,

    /// <summary>SND.UNA - 1.</summary>
    Old,

    /// <summary>SND.UNA.</summary>
    Una,

    /// <summary>SND.NXT: acknowledges everything outstanding.</summary>
    All,

    /// <summary>SND.NXT + 1.</summary>
    Beyond,
}

/// <summary>A segment of the peer: SEG.SEQ relative to IRS, SEG.ACK relative to ISS.</summary>
public readonly record struct PeerSegment(TcpFlags Flags, uint Seq, uint Ack, int PayloadLength)
{
    public bool Has(TcpFlags flag) => (Flags & flag) != 0;

    /// <summary>SEG.LEN.</summary>
    public uint Length => (uint)PayloadLength + (Has(TcpFlags.Syn) ? 1u : 0) + (Has(TcpFlags.Fin) ? 1u : 0);
}

/// <summary>
/// State of both ends: SND.UNA and SND.NXT relative to ISS, RCV.NXT and the right edge of the window to IRS.
/// </summary>
public sealed record Numbers(uint SndUna, uint SndNxt, uint RcvNxt, uint Edge)
{
    /// <summary>MAX.SND.WND: the peer always offers this.</summary>
    public const ushort PeerWindow = ushort.MaxValue;

    /// <summary>In CLOSED, LISTEN and SYN-SENT: the numbers that the next state would have.</summary>
    public static readonly Numbers Unsynchronized = new(0, 1, 1, 1 + ushort.MaxValue);

    private const uint OldDistance = 50;
    private const uint InsideDistance = 100;
    private const uint Half = 1u << 31;

    public PeerSegment Segment(FlagSet flags, SeqClass seq, AckClass ack) => unchecked(new PeerSegment(
        FlagsOf(flags),
        seq switch
        {
            SeqClass.Old => RcvNxt - OldDistance,
            SeqClass.Before => RcvNxt - 1,
            SeqClass.Next => RcvNxt,
            SeqClass.Inside => RcvNxt + InsideDistance,
            SeqClass.Edge => Edge,
            _ => RcvNxt + Half,
        },
        ack switch
        {
            AckClass.TooOld => SndUna - PeerWindow - 1,
            AckClass.Old => SndUna - 1,
            AckClass.Una => SndUna,
            AckClass.All => SndNxt,
            _ => SndNxt + 1,
        },
        flags is FlagSet.None or FlagSet.Data ? Axes.Data.Length : 0));

    private static TcpFlags FlagsOf(FlagSet flags) => flags switch
    {
        FlagSet.None => TcpFlags.None,
        FlagSet.Ack => TcpFlags.Ack,
        FlagSet.Syn => TcpFlags.Syn,
        FlagSet.SynAck => TcpFlags.Syn | TcpFlags.Ack,
        FlagSet.Rst => TcpFlags.Rst,
        FlagSet.RstAck => TcpFlags.Rst | TcpFlags.Ack,
        FlagSet.FinAck => TcpFlags.Fin | TcpFlags.Ack,
        _ => TcpFlags.Psh | TcpFlags.Ack,
    };
}

/// <summary>The axes of the arrival matrix, and their names in the tables.</summary>
public static class Axes
{
    public static readonly TcpState[] States = Enum.GetValues<TcpState>();
    public static readonly FlagSet[] Flags = Enum.GetValues<FlagSet>();
    public static readonly SeqClass[] Seqs = Enum.GetValues<SeqClass>();
    public static readonly AckClass[] Acks = Enum.GetValues<AckClass>();

    /// <summary>The data of a segment that has data.</summary>
    public static ReadOnlySpan<byte> Data => "data"u8;

    /// <summary>The state's name in the RFC.</summary>
    public static string Name(TcpState state) => state switch
    {
        TcpState.Closed => "CLOSED",
        TcpState.Listen => "LISTEN",
        TcpState.SynSent => "SYN-SENT",
        TcpState.SynReceived => "SYN-RECEIVED",
        TcpState.Established => "ESTABLISHED",
        TcpState.FinWait1 => "FIN-WAIT-1",
        TcpState.FinWait2 => "FIN-WAIT-2",
        TcpState.CloseWait => "CLOSE-WAIT",
        TcpState.Closing => "CLOSING",
        TcpState.LastAck => "LAST-ACK",
        _ => "TIME-WAIT",
    };

    /// <summary>The state's name in a cell of the tables.</summary>
    public static string Short(TcpState state) => state switch
    {
        TcpState.SynReceived => "SYN-RC",
        TcpState.Established => "ESTAB",
        TcpState.FinWait1 => "FIN-W1",
        TcpState.FinWait2 => "FIN-W2",
        TcpState.CloseWait => "CLOS-W",
        TcpState.TimeWait => "TIME-W",
        _ => Name(state),
    };

    public static string Name(FlagSet flags) => flags switch
    {
        FlagSet.None => "no bit, data",
        FlagSet.Ack => "ACK",
        FlagSet.Syn => "SYN",
        FlagSet.SynAck => "SYN,ACK",
        FlagSet.Rst => "RST",
        FlagSet.RstAck => "RST,ACK",
        FlagSet.FinAck => "FIN,ACK",
        _ => "PSH,ACK, data",
    };

    public static string Name(SeqClass seq) => seq switch
    {
        SeqClass.Old => "old",
        SeqClass.Before => "nxt-1",
        SeqClass.Next => "nxt",
        SeqClass.Inside => "inside",
        SeqClass.Edge => "edge",
        _ => "far",
    };

    public static string Name(AckClass ack) => ack switch
    {
        AckClass.TooOld => "too old",
        AckClass.Old => "old",
        AckClass.Una => "una",
        AckClass.All => "all",
        _ => "beyond",
    };
}
