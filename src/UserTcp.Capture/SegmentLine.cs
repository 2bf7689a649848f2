using System.Globalization;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>Formats one segment as one line.</summary>
public static class SegmentLine
{
    private static readonly (TcpFlags Flag, string Name)[] FlagNames =
    [
        (TcpFlags.Syn, "SYN"), (TcpFlags.Fin, "FIN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"),
        (TcpFlags.Ack, "ACK"), (TcpFlags.Urg, "URG"), (TcpFlags.Ece, "ECE"), (TcpFlags.Cwr, "CWR"),
    ];

    /// <summary>Time, connection, direction, header fields, state and explanation: a line of a live trace.</summary>
    public static string Format(in SegmentObservation segment)
    {
        var arrow = segment.Sent ? "->" : "<-";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{TimeSpan.FromTicks(segment.Time.Ticks).TotalSeconds,14:F6} {segment.Tuple} {arrow} "
            + $"{Flags(segment.Header.Flags),-11} {Numbers(segment, segment.Iss, segment.Irs)} {State(segment.After)}: "
            + $"{SegmentWords.Explain(segment)}");
    }

    /// <summary>The control bits by name, as "SYN,ACK".</summary>
    public static string Flags(TcpFlags flags)
    {
        var names = string.Join(',', FlagNames.Where(entry => (flags & entry.Flag) != 0).Select(entry => entry.Name));
        return names.Length > 0 ? names : "none";
    }

    /// <summary>A state as RFC 9293 writes it: "TIME-WAIT".</summary>
    public static string State(TcpState state) => state switch
    {
        TcpState.SynSent => "SYN-SENT",
        TcpState.SynReceived => "SYN-RECEIVED",
        TcpState.FinWait1 => "FIN-WAIT-1",
        TcpState.FinWait2 => "FIN-WAIT-2",
        TcpState.CloseWait => "CLOSE-WAIT",
        TcpState.LastAck => "LAST-ACK",
        TcpState.TimeWait => "TIME-WAIT",
        _ => state.ToString().ToUpperInvariant(),
    };

    /// <summary>
    /// Sequence and acknowledgment numbers relative to the initial ones where these are known, length and window.
    /// </summary>
    internal static string Numbers(in SegmentObservation segment, SeqNum? iss, SeqNum? irs)
    {
        var (own, other) = segment.Sent ? (iss, irs) : (irs, iss);
        var seq = Relative(segment.Header.Seq, own);
        var ack = (segment.Header.Flags & TcpFlags.Ack) != 0 ? Relative(segment.Header.Ack, other) : "-";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seq={seq,-9} ack={ack,-9} len={segment.PayloadLength,-6} "
            + $"win={segment.Window,-8}{Sack(segment.Sack, other)}");
    }

    private static string Sack(in SackBlocks blocks, SeqNum? initial)
    {
        var list = "";
        for (var i = 0; i < blocks.Count; i++)
        {
            list +=
                $"{(i == 0 ? " sack=" : ",")}{Relative(blocks[i].Left, initial)}-{Relative(blocks[i].Right, initial)}";
        }

        return list;
    }

    private static string Relative(SeqNum number, SeqNum? initial) =>
        (number.Value - (initial ?? default).Value).ToString(CultureInfo.InvariantCulture);
}
