namespace UserTcp.Wire.Tests;

/// <summary>
/// Every predicate over a space of 256 numbers, each of them stretched to 32 bits: 2^24 small numbers make one large one, so that the real
/// operators run, and a circle of 256 places on paper says what they have to answer.
/// </summary>
[Trait("RFC", "9293 section 3.4")]
public class SeqRangeTests
{
    private const int Space = 256;
    private const int Stretch = 24;

    [Fact]
    public void Membership_agrees_with_a_circle_on_paper_for_every_range_and_every_number()
    {
        for (var start = 0; start < Space; start++)
        {
            for (var length = 0; length < Space; length++)
            {
                var range = Range(start, length);
                Assert.Equal(length == 0, range.IsEmpty);
                Assert.Equal(Number(start + length), range.End);
                Assert.Equal(range, SeqRange.Between(range.Start, range.End));
                for (var seq = 0; seq < Space; seq++)
                {
                    var offset = (seq - start + Space) % Space;
                    Require(offset < length, range.Contains(Number(seq)), range, seq);
                    Require(offset < length, Number(seq).IsIn(range.Start, range.Length), range, seq);
                    Require(offset <= length, range.ContainsOrEnds(Number(seq)), range, seq);
                    // One number further on: an edge that ends some of the range's numbers.
                    Require(offset < length, range.ContainsEnd(Number(seq) + 1), range, seq);
                }
            }
        }
    }

    /// <summary>Where the range starts does not matter, so a few starts stand for all: the wraps of 2^31 and 2^32 are among them.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    public void Containing_and_meeting_another_range_agree_with_sets_on_paper(int start)
    {
        for (var length = 0; length < Space; length += length is > 8 and < 120 or > 136 and < 248 ? 7 : 1)
        {
            var range = Range(start, length);
            for (var other = 0; other < Space; other++)
            {
                for (var otherLength = 0; otherLength < Space; otherLength++)
                {
                    var offset = (other - start + Space) % Space;
                    var second = Range(other, otherLength);
                    Require(offset <= length && offset + otherLength <= length, range.Contains(second), range, second);
                    var back = (start - other + Space) % Space;
                    var isBoth = length > 0 && otherLength > 0;
                    Require(isBoth && (offset < length || back < otherLength), range.Overlaps(second), range, second);
                    Require(offset <= length || back <= otherLength, range.Touches(second), range, second);
                }
            }
        }
    }

    /// <summary>The block that three comparisons let through: each holds, and none of the block was ever sent.</summary>
    [Theory]
    [InlineData(0u)]
    [InlineData(0x7FFF_FF00u)]
    [InlineData(0xFFFF_FF00u)]
    public void A_block_may_satisfy_every_comparison_and_lie_outside(uint una)
    {
        var (start, end) = (new SeqNum(una), new SeqNum(una) + 0);
        var left = start + 0x7C0F_0000;
        var right = left + 0x34CD_0000;

        Assert.True(left < right && left >= start && right <= end);
        Assert.False(SeqRange.Between(start, end).Contains(SeqRange.Between(left, right)));
        Assert.False(SeqRange.Between(start, end).Contains(left));
    }

    [Fact]
    public void A_block_whose_edges_are_swapped_is_contained_in_nothing_that_can_have_been_sent()
    {
        var sent = new SeqRange(new SeqNum(uint.MaxValue - 10), 1 << 30);

        Assert.True(sent.Contains(new SackBlock(sent.Start + 5, sent.Start + 9).Range));
        Assert.False(sent.Contains(new SackBlock(sent.Start + 9, sent.Start + 5).Range));
    }

    private static SeqNum Number(int place) => new((uint)(place % Space) << Stretch);

    private static SeqRange Range(int start, int length) => new(Number(start), (uint)length << Stretch);

    private static void Require<T>(bool expected, bool actual, SeqRange range, T other)
    {
        if (expected != actual)
            Assert.Fail($"{range} and {other}: expected {expected}.");
    }
}
