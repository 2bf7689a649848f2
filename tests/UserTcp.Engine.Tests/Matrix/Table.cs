using System.Text;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>The matrix of one state as a readable table: 48 rows of five cases.</summary>
internal static class Table
{
    private const int FlagsWidth = 14;
    private const int SeqWidth = 7;
    private const int CellWidth = 27;

    /// <summary>
    /// The table with its head: the columns, the sequence numbers, and the steps that decide in this state.
    /// </summary>
    public static string Write(
        TcpState state, Numbers numbers, IReadOnlyDictionary<PeerSegmentKey, (Outcome Outcome, Step Step)> cases)
    {
        var table = new StringBuilder();
        table.Append(Head(state, numbers)).Append('\n');
        foreach (var step in cases.Values.Select(decided => decided.Step).Distinct()
            .OrderBy(step => step.Code, StringComparer.Ordinal))
        {
            table.Append($"#   {step.Code,-8}{step.Meaning} ({step.Section})\n");
        }

        table.Append('\n').Append(Row("segment", "SEQ", Axes.Acks.Select(ack => $"ACK {Axes.Name(ack)}"))).Append('\n');
        foreach (var flags in Axes.Flags)
        {
            table.Append('\n');
            foreach (var seq in Axes.Seqs)
            {
                var cells = Axes.Acks.Select(ack => Cell(state, numbers, new PeerSegmentKey(flags, seq, ack), cases));
                table.Append(Row(Axes.Name(flags), Axes.Name(seq), cells)).Append('\n');
            }
        }

        return table.ToString();
    }

    private static string Row(string flags, string seq, IEnumerable<string> cells) =>
        ($"{flags.PadRight(FlagsWidth)} {seq.PadRight(SeqWidth)}"
            + string.Concat(cells.Select(cell => $"| {cell.PadRight(CellWidth)}"))).TrimEnd();

    private static string Cell(
        TcpState state, Numbers numbers, PeerSegmentKey key,
        IReadOnlyDictionary<PeerSegmentKey, (Outcome Outcome, Step Step)> cases)
    {
        var (outcome, step) = cases[key];
        var answer = outcome.Answer is { } sent
            ? sent.FormFor(state, numbers, numbers.Segment(key.Flags, key.Seq, key.Ack))
            : "-";
        var after = outcome.After == state ? outcome.Restarted ? "restart" : "=" : Axes.Short(outcome.After);
        var data = outcome.Delivered > 0 ? $"+{outcome.Delivered}" : outcome.Held > 0 ? $"~{outcome.Held}" : ".";
        return $"{answer,-7} {after,-7} {data,-2} {step.Code}";
    }

    private static string Head(TcpState state, Numbers numbers) => $"""
        # A segment arrives in {Axes.Name(state)}: {Axes.Flags.Length * Axes.Seqs.Length * Axes.Acks.Length} cases. How to read it: docs/arrival-matrix.md.
        #
        # Numbers, relative to the initial ones:{Note(state)}
        #   SND.UNA {numbers.SndUna}, SND.NXT {numbers.SndNxt}, MAX.SND.WND {Numbers.PeerWindow}, RCV.NXT {numbers.RcvNxt}, RCV.NXT + RCV.WND {numbers.Edge}
        # SEQ (SEG.SEQ): old is RCV.NXT - 50, inside RCV.NXT + 100, edge RCV.NXT + RCV.WND, far RCV.NXT + 2^31.
        # ACK (SEG.ACK): too old is SND.UNA - MAX.SND.WND - 1, old SND.UNA - 1, all SND.NXT, beyond SND.NXT + 1.
        #   The field is set in a segment without the ACK bit too.
        # Data is {Axes.Data.Length} bytes. A cell: answer, state afterwards (= the same), bytes delivered (+) or held (~), deciding step.
        # Answers: - nothing. ACK <SEQ=SND.NXT><ACK=RCV.NXT>, +n if n bytes (or a FIN) are acknowledged. RST <SEQ=SEG.ACK>.
        #   RST,ACK <SEQ=0><ACK=SEG.SEQ+SEG.LEN>. SYN,ACK <SEQ=ISS><ACK=SEG.SEQ+1>.
        # Steps (of RFC 9293, unless another is named):
        """.ReplaceLineEndings("\n");

    private static string Note(TcpState state) => state switch
    {
        TcpState.Closed => " none in this state; these are invented. There is no listener.",
        TcpState.Listen => " none in this state; these are those of the connection that a SYN would open.",
        TcpState.SynSent => " the peer's are not known yet, and invented.",
        TcpState.SynReceived => " a passive open.",
        TcpState.FinWait2 => " nothing is outstanding, so that una is all.",
        TcpState.TimeWait => " nothing is outstanding, so that una is all. 2 s of 2 MSL have passed; restart: 2 MSL "
            + "restarts. There is a listener.",
        TcpState.Established or TcpState.CloseWait => " 10 bytes are outstanding.",
        _ => " our FIN is outstanding.",
    };
}

/// <summary>A case within a state.</summary>
internal readonly record struct PeerSegmentKey(FlagSet Flags, SeqClass Seq, AckClass Ack);
