using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>
/// Brings what a stack sent at one moment into one form: how text is cut into segments, which of them carries the FIN, and whether an ACK
/// that goes with it also went alone, is each stack's own business; and whether text gives room up for SACK.
/// </summary>
internal static class Normaliser
{
    public static List<SentSegment> Normalise(IEnumerable<SentSegment> segments)
    {
        var whole = new List<SentSegment>();
        foreach (var segment in WithLastAck([.. segments.SelectMany(WithoutFin)]))
        {
            if (whole.Count > 0 && Merge(whole[^1], segment) is { } merged)
                whole[^1] = merged;
            else
                whole.Add(segment);
        }

        return [.. whole.Where((segment, index) => !IsSaidElsewhere(whole, index))];
    }

    /// <summary>Whether text goes before the ACK of what has just come, or after it, says nothing.</summary>
    private static IEnumerable<SentSegment> WithLastAck(List<SentSegment> segments)
    {
        var last = segments.LastOrDefault(IsOfConnection);
        return segments.Select(segment => last is not null && IsOfConnection(segment) ? segment with { Ack = last.Ack, HasZeroWindow = last.HasZeroWindow, Sack = segment.Data > 0 ? "" : last.Sack, Echo = last.Echo } : segment);
    }

    private static bool IsOfConnection(SentSegment segment) => (segment.Flags & (TcpFlags.Ack | TcpFlags.Syn | TcpFlags.Rst)) == TcpFlags.Ack;

    private static IEnumerable<SentSegment> WithoutFin(SentSegment segment)
    {
        if (!segment.Flags.HasFlag(TcpFlags.Fin) || segment.Data == 0)
            return [segment];
        return
        [
            segment with { Flags = segment.Flags & ~TcpFlags.Fin },
            segment with { Seq = segment.Seq + segment.Data, Data = 0, IsDataWrong = false },
        ];
    }

    private static SentSegment? Merge(SentSegment first, SentSegment second)
    {
        if (first.Data == 0 || second.Data == 0 || first.Flags != second.Flags || first.Seq + first.Data != second.Seq)
            return null;
        return second with { Seq = first.Seq, Data = first.Data + second.Data, IsDataWrong = first.IsDataWrong || second.IsDataWrong };
    }

    /// <summary>A bare ACK beside one, or beside text or a FIN, that acknowledges as much.</summary>
    private static bool IsSaidElsewhere(List<SentSegment> all, int index)
    {
        var segment = all[index];
        return segment.IsBareAck && all.Where((other, at) =>
            other.Flags.HasFlag(TcpFlags.Ack) && !other.Flags.HasFlag(TcpFlags.Rst) && other.Ack == segment.Ack
            && other.HasZeroWindow == segment.HasZeroWindow && (!other.IsBareAck || at < index)).Any();
    }
}
