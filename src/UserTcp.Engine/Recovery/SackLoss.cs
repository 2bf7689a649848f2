namespace UserTcp.Engine.Recovery;

/// <summary>
/// IsLost () of RFC 6675 section 4: what three segments behind it have overtaken is lost. It knows no time, so reordering by more than that
/// looks like a loss, and what is lost again after it was sent again is found by the timeout alone.
/// </summary>
internal static class SackLoss
{
    private const int DuplicateAckThreshold = 3;

    /// <summary>Marks what is lost by now; octets.</summary>
    public static int Detect(Scoreboard board, int smss)
    {
        if (board.Sacked == 0)
            return 0;
        var lost = 0;
        var segments = 0;
        long octets = 0;
        var ranges = board.Ranges;
        for (var i = ranges.Length - 1; i >= 0; i--)
        {
            ref readonly var range = ref ranges[i];
            if (range.Has(RangeFlags.Sacked))
            {
                segments += range.Segments;
                octets += range.End - (i == 0 ? board.Start : ranges[i - 1].End);
            }
            else if (!range.Has(RangeFlags.Lost | RangeFlags.Ambiguous) &&
                (segments >= DuplicateAckThreshold || octets > (DuplicateAckThreshold - 1) * smss))
            {
                lost += board.MarkLost(i);
            }
        }

        return lost;
    }
}
