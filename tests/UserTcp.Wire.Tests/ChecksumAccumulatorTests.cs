using FsCheck.Fluent;

namespace UserTcp.Wire.Tests;

public class ChecksumAccumulatorTests
{
    [Fact]
    public void No_data_is_all_ones() => Assert.Equal(0xFFFF, default(ChecksumAccumulator).Finish());

    [Fact]
    [Trait("RFC", "1071 section 2(B)")]
    public void Pieces_of_any_lengths_sum_as_one() =>
        Generators.ForAll(
            from count in Gen.Choose(0, 9)
            from pieces in Gen.ArrayOf(Generators.Bytes(150), count)
            select pieces,
            pieces =>
            {
                var sum = default(ChecksumAccumulator);
                foreach (var piece in pieces)
                    sum.Add(piece);
                Assert.Equal(NaiveChecksum.Of(pieces.SelectMany(piece => piece).ToArray()), sum.Finish());
            },
            times: 2_000);

    [Fact]
    public void Every_cut_into_three_sums_as_one()
    {
        var bytes = Frames.Payload(67);
        bytes[0] = bytes[66] = 0xFF;
        var expected = NaiveChecksum.Of(bytes);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                var sum = default(ChecksumAccumulator);
                sum.Add(bytes.AsSpan(0, first));
                sum.Add(bytes.AsSpan(first, second - first));
                sum.Add(bytes.AsSpan(second));
                Assert.Equal(expected, sum.Finish());
            }
        }
    }

    [Fact]
    public void Carries_of_many_single_octets_are_kept()
    {
        var sum = default(ChecksumAccumulator);
        for (var i = 0; i < 200_000; i++)
            sum.Add([0xFF]);
        Assert.Equal(0, sum.Finish());
        sum.Add([0, 1]);
        Assert.Equal(0xFFFE, sum.Finish());
    }

    [Fact]
    [Trait("RFC9293", "MUST-2")]
    [Trait("RFC", "8200 section 8.1")]
    public void The_pseudo_header_has_the_layout_of_the_RFCs() =>
        Generators.ForAll(
            from addresses in Generators.Addresses
            from protocol in Generators.Octet
            from length in Gen.Choose(0, 0xFFFF)
            select (addresses, protocol, length),
            sample =>
            {
                var (source, destination) = sample.addresses;
                var sum = default(ChecksumAccumulator);
                sum.AddPseudoHeader(source, destination, (IpProtocol)sample.protocol, sample.length);
                var expected = NaiveChecksum.PseudoHeader(
                    source, destination, (IpProtocol)sample.protocol, sample.length);
                Assert.Equal(NaiveChecksum.Of(expected), sum.Finish());
            },
            times: 2_000);

    /// <summary>RFC 8200 section 8.1: the upper-layer length has 32 bits.</summary>
    [Fact]
    [Trait("RFC", "8200 section 8.1")]
    public void The_length_in_the_pseudo_header_of_IPv6_has_32_bits()
    {
        var sum = default(ChecksumAccumulator);
        sum.AddPseudoHeader(Frames.V6A, Frames.V6B, IpProtocol.Tcp, 0x12_3456);
        Assert.Equal(
            NaiveChecksum.Of(NaiveChecksum.PseudoHeader(Frames.V6A, Frames.V6B, IpProtocol.Tcp, 0x12_3456)),
            sum.Finish());
    }

    /// <summary>The pseudo-header may be added at any offset, odd ones included.</summary>
    [Fact]
    public void A_pseudo_header_at_an_odd_offset_sums_as_its_octets()
    {
        foreach (var (source, destination) in new[] { (Frames.V4A, Frames.V4B), (Frames.V6A, Frames.V6B) })
        {
            var sum = default(ChecksumAccumulator);
            sum.Add([0xFF, 0x12, 0x34]);
            sum.AddPseudoHeader(source, destination, IpProtocol.Tcp, 1_234);
            sum.Add([0x56]);
            byte[] whole =
                [0xFF, 0x12, 0x34, .. NaiveChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, 1_234), 0x56];
            Assert.Equal(NaiveChecksum.Of(whole), sum.Finish());
        }
    }

    [Fact]
    [Trait("RFC9293", "MUST-2")]
    public void A_segment_summed_by_hand()
    {
        // 10.0.0.1:20 to 10.0.0.2:80, SEQ 0, SYN, window 8192.
        byte[] segment = [0, 20, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x02, 0x20, 0, 0, 0, 0, 0];
        var sum = default(ChecksumAccumulator);
        sum.AddPseudoHeader(Frames.Address("10.0.0.1"), Frames.Address("10.0.0.2"), IpProtocol.Tcp, segment.Length);
        sum.Add(segment);
        // 0A00 + 0001 + 0A00 + 0002 + 0006 + 0014 + 0014 + 0050 + 5002 + 2000 = 8483.
        Assert.Equal(0xFFFF - 0x8483, sum.Finish());
    }
}
