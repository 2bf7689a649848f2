using System.Globalization;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture;

/// <summary>The parts of a line about a segment: flags, state and numbers.</summary>
public static class SegmentLine
{
    private static readonly (TcpFlags Flag, string Name)[] FlagNames =
    [
        (TcpFlags.Syn, "SYN"), (TcpFlags.Fin, "FIN"), (TcpFlags.Rst, "RST"), (TcpFlags.Psh, "PSH"),
        (TcpFlags.Ack, "ACK"), (TcpFlags.Urg, "URG"), (TcpFlags.Ece, "ECE"), (TcpFlags.Cwr, "CWR"),
    ];

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
    /// Sequence and acknowledgment numbers, length, window in bytes, and SACK blocks. The numbers are relative to the
    /// ISNs where these are known; else they are absolute and begin with "#".
    /// </summary>
    public static string Numbers(ExplainedEvent explained)
    {
        var segment = explained.Event.Segment;
        var (own, other) = segment.Sent ? (explained.Iss, explained.Irs) : (explained.Irs, explained.Iss);
        if ((segment.Header.Flags & TcpFlags.Syn) != 0)
            own ??= segment.Header.Seq;
        var seq = Explaining.Numbers.Relative(segment.Header.Seq, own);
        var ack = (segment.Header.Flags & TcpFlags.Ack) != 0
            ? Explaining.Numbers.Relative(segment.Header.Ack, other) : "-";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"seq={seq,-9} ack={ack,-9} len={segment.PayloadLength,-6} "
            + $"win={explained.Window,-8}{Sack(segment.Sack, other)}");
    }

    private static string Sack(in SackBlocks blocks, SeqNum? initial)
    {
        var list = "";
        for (var i = 0; i < blocks.Count; i++)
        {
            var range = Explaining.Numbers.Range(blocks[i].Left, blocks[i].Right, initial);
            list += $"{(i == 0 ? " sack=" : ",")}{range}";
        }

        return list;
    }
}
