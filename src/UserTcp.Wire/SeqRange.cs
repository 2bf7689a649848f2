namespace UserTcp.Wire;

/// <summary>
/// A range of sequence numbers: the <paramref name="Length"/> numbers from <paramref name="Start"/> on, 0 to 2^32 - 1
/// of them.
/// </summary>
/// <remarks>
/// Membership is one unsigned comparison of offsets from <paramref name="Start"/>. Two comparisons of sequence numbers,
/// one for each end, differ: modular order is not transitive. <c>left &lt; right</c>, <c>left &gt;= start</c> and
/// <c>right &lt;= end</c> can all hold for a block outside the range.
/// </remarks>
/// <param name="Start">The first number.</param>
/// <param name="Length">The count of numbers.</param>
public readonly record struct SeqRange(SeqNum Start, uint Length)
{
    /// <summary>
    /// The numbers [start, end). When <paramref name="end"/> lies before <paramref name="start"/>, the range wraps
    /// around.
    /// </summary>
    public static SeqRange Between(SeqNum start, SeqNum end) => new(start, unchecked(end.Value - start.Value));

    /// <summary>The number after the last one.</summary>
    public SeqNum End => Start + Length;

    /// <summary>True when the range is empty.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>True for the numbers of the range: Start &lt;= seq &lt; End.</summary>
    public bool Contains(SeqNum seq) => seq.IsIn(Start, Length);

    /// <summary>True for numbers that acknowledge part of the range or all of it: Start &lt; seq &lt;= End.</summary>
    public bool ContainsEnd(SeqNum seq) => (seq - 1).IsIn(Start, Length);

    /// <summary>True for the numbers of the range and the one after it: Start &lt;= seq &lt;= End.</summary>
    public bool ContainsOrEnds(SeqNum seq) => OffsetOf(seq) <= Length;

    /// <summary>True when this range contains the other one. An empty one has to start inside or at the end.</summary>
    public bool Contains(SeqRange other)
    {
        var offset = OffsetOf(other.Start);
        return offset <= Length && other.Length <= Length - offset;
    }

    /// <summary>True when the ranges have a number in common.</summary>
    public bool Overlaps(SeqRange other) =>
        !IsEmpty && !other.IsEmpty && (Contains(other.Start) || other.Contains(Start));

    /// <summary>True when the ranges overlap or are adjacent: their union is one range.</summary>
    public bool Touches(SeqRange other) => ContainsOrEnds(other.Start) || other.ContainsOrEnds(Start);

    private uint OffsetOf(SeqNum seq) => unchecked(seq.Value - Start.Value);
}
