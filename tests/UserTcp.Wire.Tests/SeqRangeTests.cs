namespace UserTcp.Wire.Tests;

/// <summary>
/// Every predicate, exhaustively over a space of 256 numbers. Each is scaled by 2^24 to 32 bits, so that the real
/// operators run; modulo 256 arithmetic is the reference.
/// </summary>
[Trait("RFC", "9293 section 3.4")]
public class SeqRangeTests
{
    private const int Space = 256;
    private const int Stretch = 24;

    [Fact]
    public void Membership_agrees_with_modulo_256_for_every_range_and_every_number()
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
                    // One number further on: an acknowledgment of some of the range's numbers.
                    Require(offset < length, range.ContainsEnd(Number(seq) + 1), range, seq);
                }
            }
        }
    }

    /// <summary>A few starts represent all, among them the wraps at 2^31 and 2^32.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    public void Containment_and_overlap_agree_with_sets(int start)
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

    /// <summary>A block that passes three comparisons although none of it was sent.</summary>
    [Theory]
    [InlineData(0u)]
    [InlineData(0x7FFF_FF00u)]
    [InlineData(0xFFFF_FF00u)]
    public void A_block_outside_may_satisfy_every_comparison(uint una)
    {
        var (start, end) = (new SeqNum(una), new SeqNum(una) + 0);
        var left = start + 0x7C0F_0000;
        var right = left + 0x34CD_0000;

        Assert.True(left < right && left >= start && right <= end);
        Assert.False(SeqRange.Between(start, end).Contains(SeqRange.Between(left, right)));
        Assert.False(SeqRange.Between(start, end).Contains(left));
    }

    [Fact]
    public void No_sendable_range_contains_a_block_with_swapped_edges()
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
