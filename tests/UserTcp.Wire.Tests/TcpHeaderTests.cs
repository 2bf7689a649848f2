using FsCheck.Fluent;

namespace UserTcp.Wire.Tests;

public class TcpHeaderTests
{
    [Fact]
    public void Written_fields_are_read_back() =>
        Generators.ForAll(
            from header in Generators.Header
            from options in Generators.Options
            from addresses in Generators.Addresses
            from data in Generators.Bytes(70)
            select (header, options, addresses, data),
            sample =>
            {
                var bytes = new byte[TcpHeader.MaxLength + sample.data.Length];
                var length = sample.header.Write(bytes, sample.options);
                sample.data.CopyTo(bytes.AsSpan(length));
                bytes = bytes[..(length + sample.data.Length)];
                TcpHeader.WriteChecksum(bytes, Checksum(bytes, sample.addresses));

                Assert.True(TcpSegment.TryParse(bytes, out var segment));
                Assert.Equal(length, segment.HeaderLength);
                Assert.Equal(sample.header, HeaderOf(segment));
                Assert.Equal(sample.data, segment.Payload.ToArray());
                Assert.True(ReferenceOptions.AreEqual(sample.options, segment.ParseOptions()));
                Assert.True(segment.HasValidChecksum(sample.addresses.Source, sample.addresses.Destination));
            },
            times: 2_000);

    [Fact]
    [Trait("RFC9293", "MUST-2")]
    public void A_written_checksum_agrees_with_the_naive_one() =>
        Generators.ForAll(
            from header in Generators.Header
            from options in Generators.Options
            from addresses in Generators.Addresses
            select (header, options, addresses),
            sample =>
            {
                var bytes = new byte[TcpHeader.MaxLength];
                bytes = bytes[..sample.header.Write(bytes, sample.options)];
                TcpHeader.WriteChecksum(bytes, Checksum(bytes, sample.addresses));
                Assert.Equal(
                    0, NaiveChecksum.Of(sample.addresses.Source, sample.addresses.Destination, IpProtocol.Tcp, bytes));
            });

    [Fact]
    public void Every_octet_of_the_header_is_written()
    {
        Span<byte> clean = stackalloc byte[TcpHeader.MaxLength];
        Span<byte> dirty = stackalloc byte[TcpHeader.MaxLength];
        dirty.Fill(0xA5);

        var length = Frames.Header().Write(clean, Frames.AllOptions);
        Assert.Equal(length, Frames.Header().Write(dirty, Frames.AllOptions));
        Assert.Equal(clean[..length].ToArray(), dirty[..length].ToArray());
        Assert.Equal(-1, dirty[length..].IndexOfAnyExcept((byte)0xA5));
    }

    /// <summary>Reserved bits are zero in generated segments (RFC 9293 section 3.1).</summary>
    [Fact]
    public void Reserved_bits_are_written_as_zero()
    {
        var bytes = new byte[TcpHeader.MinLength];
        Frames.Header().Write(bytes, default);
        Assert.Equal(0x50, bytes[12]);
    }

    [Fact]
    public void A_header_without_options_needs_20_octets()
    {
        Assert.Equal(TcpHeader.MinLength, Frames.Header().Write(new byte[TcpHeader.MinLength], default));
        Assert.Equal(TcpHeader.MaxLength, Frames.Header().Write(new byte[TcpHeader.MaxLength], Frames.AllOptions));
    }

    private static ushort Checksum(byte[] bytes, (IpAddress Source, IpAddress Destination) addresses)
    {
        var sum = default(ChecksumAccumulator);
        sum.AddPseudoHeader(addresses.Source, addresses.Destination, IpProtocol.Tcp, bytes.Length);
        sum.Add(bytes);
        return sum.Finish();
    }

    private static TcpHeader HeaderOf(in TcpSegment segment) => new(
        segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags,
        segment.Window, segment.UrgentPointer);
}
