using FsCheck.Fluent;

namespace UserTcp.Wire.Tests;

[Trait("RFC", "9293 section 3.4")]
public class SeqNumTests
{
    private const uint Half = 0x8000_0000;
    private const int Around = 1_000;

    /// <summary>The signed and the unsigned wrap, and numbers in between.</summary>
    private static readonly uint[] Places =
    [
        0, 1, 2, Half - 2, Half - 1, Half, Half + 1, Half + 2, uint.MaxValue - 2, uint.MaxValue - 1, uint.MaxValue,
        0x1234_5678, 0xC000_0000,
    ];

    [Fact]
    public void A_number_less_than_half_the_space_ahead_is_later()
    {
        foreach (var place in Places)
        {
            foreach (var distance in Distances(1, Half - 1))
                IsOrdered(new SeqNum(place), new SeqNum(place) + distance);
        }
    }

    [Fact]
    public void A_number_more_than_half_the_space_ahead_is_earlier()
    {
        foreach (var place in Places)
        {
            foreach (var distance in Distances(Half + 1, uint.MaxValue))
                IsOrdered(new SeqNum(place) + distance, new SeqNum(place));
        }
    }

    [Fact]
    public void A_number_is_neither_before_nor_after_itself()
    {
        foreach (var place in Places)
        {
            var (left, right) = (new SeqNum(place), new SeqNum(place));
            Assert.True(left == right && left <= right && left >= right);
            Assert.False(left < right || left > right || left != right);
            Assert.Equal(0, left - right);
        }
    }

    /// <summary>At distance 2^31 order is undefined: each is "before" the other, and nothing throws.</summary>
    [Fact]
    public void At_half_the_space_each_is_before_the_other()
    {
        foreach (var place in Places)
        {
            var (left, right) = (new SeqNum(place), new SeqNum(place) + Half);
            Assert.True(left < right && right < left);
            Assert.False(left > right || right > left || left == right);
            Assert.Equal(int.MinValue, left - right);
            Assert.Equal(int.MinValue, right - left);
        }
    }

    [Fact]
    public void Subtraction_undoes_addition_for_all_numbers() =>
        Generators.ForAll(
            from seq in Generators.Seq from octets in Generators.Word select (seq, octets),
            sample =>
            {
                var (seq, octets) = sample;
                var signed = unchecked((int)octets);
                Assert.Equal(seq, seq + octets - octets);
                Assert.Equal(seq, seq - octets + octets);
                Assert.Equal(seq + octets, seq + signed);
                Assert.Equal(seq - octets, seq - signed);
                Assert.Equal(signed, seq + octets - seq);
                Assert.Equal((uint)((seq.Value + (ulong)octets) % 0x1_0000_0000), (seq + octets).Value);
            },
            times: 3_000);

    [Fact]
    public void Order_is_the_same_anywhere_in_the_space() =>
        Generators.ForAll(
            from left in Generators.Seq
            from right in Generators.Seq
            from shift in Generators.Word
            select (left, right, shift),
            sample =>
            {
                var (left, right, shift) = sample;
                Assert.Equal(left < right, left + shift < right + shift);
                Assert.Equal(left <= right, left + shift <= right + shift);
                Assert.Equal(left > right, left + shift > right + shift);
                Assert.Equal(left >= right, left + shift >= right + shift);
                Assert.Equal(left - right, left + shift - (right + shift));
            },
            times: 3_000);

    [Fact]
    public void Min_and_Max_are_the_earlier_and_the_later()
    {
        foreach (var place in Places)
        {
            foreach (var distance in Distances(0, Half - 1))
            {
                var (early, late) = (new SeqNum(place), new SeqNum(place) + distance);
                Assert.Equal((early, late), (SeqNum.Min(early, late), SeqNum.Max(early, late)));
                Assert.Equal((early, late), (SeqNum.Min(late, early), SeqNum.Max(late, early)));
            }
        }
    }

    [Fact]
    public void A_window_holds_as_many_numbers_as_its_size()
    {
        foreach (var place in Places)
        {
            var first = new SeqNum(place);
            foreach (var size in new uint[] { 0, 1, 2, 1_000, 0xFFFF, Half - 1, Half, uint.MaxValue })
            {
                foreach (var distance in new uint[]
                {
                    0, 1, 2, 999, 1_000, 1_001, 0xFFFF, Half - 1, Half, Half + 1, uint.MaxValue - 1, uint.MaxValue
                })
                {
                    Assert.Equal(distance < size, (first + distance).IsIn(first, size));
                }
            }
        }
    }

    /// <summary>All 65,536 pairs of a space of 256, scaled to 32 bits.</summary>
    [Fact]
    public void A_space_of_256_agrees_with_modulo_256()
    {
        for (var left = 0u; left < 256; left++)
        {
            for (var right = 0u; right < 256; right++)
            {
                var ahead = (right - (int)left + 256) % 256;
                var (a, b) = (new SeqNum(left << 24), new SeqNum(right << 24));
                Assert.Equal(ahead is > 0 and <= 128, a < b);
                Assert.Equal(ahead is > 128, a > b);
                Assert.Equal(ahead is >= 0 and <= 128, a <= b);
                Assert.Equal(ahead is 0 or > 128, a >= b);
            }
        }
    }

    [Fact]
    public void ToString_is_the_number_in_decimal() => Assert.Equal("4294967295", new SeqNum(uint.MaxValue).ToString());

    private static void IsOrdered(SeqNum early, SeqNum late)
    {
        Assert.True(early < late && early <= late && late > early && late >= early && early != late);
        Assert.False(early > late || early >= late || late < early || late <= early || early == late);
        Assert.True(late - early > 0 && early - late < 0);
    }

    /// <summary>Every distance next to both ends and some in between.</summary>
    private static IEnumerable<uint> Distances(uint first, uint last)
    {
        for (var i = 0u; i < Around; i++)
        {
            yield return first + i;
            yield return last - i;
        }

        for (var i = 1u; i < 16; i++)
            yield return first + ((last - first) / 16 * i);
    }
}
