using UserTcp.Wire;

namespace UserTcp.Differential.Comparing;

/// <summary>
/// Normalises the segments that a stack sent at one moment. Stacks may differ in segment boundaries, in the segment
/// that carries the FIN, in an extra bare ACK, and in the payload that SACK takes the room of.
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

    /// <summary>Data may leave before or after the ACK of a received segment.</summary>
    private static IEnumerable<SentSegment> WithLastAck(List<SentSegment> segments)
    {
        var last = segments.LastOrDefault(IsOfConnection);
        return segments.Select(segment => last is not null && IsOfConnection(segment)
            ? segment with
            {
                Ack = last.Ack,
                HasZeroWindow = last.HasZeroWindow,
                Sack = segment.Data > 0 ? "" : last.Sack,
                Echo = last.Echo,
            }
            : segment);
    }

    private static bool IsOfConnection(SentSegment segment) =>
        (segment.Flags & (TcpFlags.Ack | TcpFlags.Syn | TcpFlags.Rst)) == TcpFlags.Ack;

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
        return second with
        {
            Seq = first.Seq,
            Data = first.Data + second.Data,
            IsDataWrong = first.IsDataWrong || second.IsDataWrong,
        };
    }

    /// <summary>A bare ACK beside another ACK, data or a FIN with the same acknowledgment.</summary>
    private static bool IsSaidElsewhere(List<SentSegment> all, int index)
    {
        var segment = all[index];
        return segment.IsBareAck && all.Where((other, at) =>
            other.Flags.HasFlag(TcpFlags.Ack) && !other.Flags.HasFlag(TcpFlags.Rst) && other.Ack == segment.Ack
            && other.HasZeroWindow == segment.HasZeroWindow && (!other.IsBareAck || at < index)).Any();
    }
}
