using System.Runtime.Intrinsics;

namespace UserTcp.Wire.Tests;

[Trait("RFC", "1071")]
public class InternetChecksumTests
{
    private const int MaxExhaustiveLength = 600;
    private const int LargestPacket = 65_535;

    private delegate ulong SumOf(ReadOnlySpan<byte> bytes);

    public static TheoryData<string> Paths { get; } = ["dispatched", "scalar", "128 bits", "256 bits", "512 bits"];

    /// <summary>The example of RFC 1071 section 3: 00 01 f2 03 f4 f5 f6 f7 sums to ddf2.</summary>
    [Fact]
    public void The_example_of_RFC_1071()
    {
        byte[] example = [0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7];
        Assert.Equal(0xFFFF - 0xDDF2, InternetChecksum.Compute(example));
        // At an odd offset the sum has its octets swapped: section 2(B).
        Assert.Equal(0xFFFF - 0xF2DD, InternetChecksum.Compute([0, .. example, 0]));
    }

    [Fact]
    public void Small_sums_by_hand()
    {
        Assert.Equal(0xFFFF, InternetChecksum.Compute([]));
        Assert.Equal(0xFFFF, InternetChecksum.Compute([0, 0]));
        Assert.Equal(0x0000, InternetChecksum.Compute([0xFF, 0xFF]));
        Assert.Equal(0xFEFF, InternetChecksum.Compute([1]));
        Assert.Equal(0xFFFE, InternetChecksum.Compute([0, 1]));
        Assert.Equal(0xFFFE, InternetChecksum.Compute([0xFF, 0xFF, 0, 1]));
    }

    /// <summary>An example header of many textbooks.</summary>
    [Fact]
    [Trait("RFC", "791 section 3.1")]
    public void A_header_with_its_checksum_sums_to_zero()
    {
        byte[] header = Convert.FromHexString("450000730000400040110000C0A80001C0A800C7");
        Assert.Equal(0xB861, InternetChecksum.Compute(header));
        (header[10], header[11]) = (0xB8, 0x61);
        Assert.Equal(0, InternetChecksum.Compute(header));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_path_agrees_with_the_naive_sum_at_every_length_and_alignment(string path)
    {
        var sum = Path(path);
        var bytes = Noise(MaxExhaustiveLength + 65);
        for (var length = 0; length <= MaxExhaustiveLength; length++)
        {
            for (var start = 0; start <= 64; start++)
            {
                var piece = bytes.AsSpan(start, length);
                if (NaiveChecksum.Of(piece) != InternetChecksum.Complement(sum(piece)))
                    Assert.Fail($"{length} octets from {start}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void No_path_loses_a_carry_over_a_packet_of_max_size(string path)
    {
        var sum = Path(path);
        var ones = new byte[LargestPacket + 65];
        ones.AsSpan().Fill(0xFF);
        var noise = Noise(LargestPacket + 65);
        for (var length = LargestPacket - 130; length <= LargestPacket + 1; length++)
        {
            var start = length % 65;
            Assert.Equal(
                NaiveChecksum.Of(ones.AsSpan(start, length)),
                InternetChecksum.Complement(sum(ones.AsSpan(start, length))));
            Assert.Equal(
                NaiveChecksum.Of(noise.AsSpan(start, length)),
                InternetChecksum.Complement(sum(noise.AsSpan(start, length))));
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void No_path_loses_a_carry_over_sixteen_megabytes(string path)
    {
        var ones = new byte[1 << 24];
        ones.AsSpan().Fill(0xFF);
        Assert.Equal(0, InternetChecksum.Complement(Path(path)(ones)));
        ones[^1] = 0xFE;
        Assert.Equal(1, InternetChecksum.Complement(Path(path)(ones)));
    }

    [Fact]
    public void Every_sum_folds_as_repeated_carrying_does()
    {
        ulong[] edges =
        [
            0, 1, 0xFFFE, 0xFFFF, 0x1_0000, 0x1_FFFE, 0x1_FFFF, 0xFFFF_FFFF, 0x1_0000_0000,
            0xFFFF_0000_0000_0000, ulong.MaxValue - 1,
        ];
        foreach (var edge in edges.Concat([ulong.MaxValue]).Concat(edges.Select(edge => ~edge)))
        {
            var expected = edge;
            while (expected > 0xFFFF)
                expected = (expected & 0xFFFF) + (expected >> 16);
            Assert.Equal((ushort)expected, InternetChecksum.Fold(edge));
        }
    }

    /// <summary>The path chosen on this machine is one of those that the other tests compare.</summary>
    [Fact]
    public void The_dispatcher_picks_the_widest_path_of_the_machine()
    {
        var bytes = Noise(1460);
        var expected = Vector512.IsHardwareAccelerated ? InternetChecksum.Sum512(bytes)
            : Vector256.IsHardwareAccelerated ? InternetChecksum.Sum256(bytes)
            : Vector128.IsHardwareAccelerated ? InternetChecksum.Sum128(bytes)
            : InternetChecksum.SumScalar(bytes);
        Assert.Equal(expected, InternetChecksum.Sum(bytes));
    }

    private static SumOf Path(string name) => name switch
    {
        "dispatched" => InternetChecksum.Sum,
        "scalar" => InternetChecksum.SumScalar,
        "128 bits" => InternetChecksum.Sum128,
        "256 bits" => InternetChecksum.Sum256,
        "512 bits" => InternetChecksum.Sum512,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    /// <summary>Pseudo-random octets, the same in every run.</summary>
    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        var state = 0x9E37_79B9u;
        for (var i = 0; i < length; i++)
        {
            state = unchecked((state * 1_664_525) + 1_013_904_223);
            bytes[i] = (byte)(state >> 24);
        }

        return bytes;
    }
}
