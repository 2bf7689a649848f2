using FsCheck.Fluent;

namespace UserTcp.Wire.Tests;

/// <summary>
/// Bytes from the network cannot throw, loop or read out of bounds. Each array ends where its frame ends, so an index
/// out of bounds throws.
/// </summary>
public class HostileBytesTests
{
    public static TheoryData<string> Kinds { get; } = [.. Frames.All().Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_frame_is_parsed_and_every_prefix_of_it_refused(string kind)
    {
        var frame = FrameOf(kind);
        for (var length = 0; length < frame.Length; length++)
            Assert.False(Whole.Read(frame.AsSpan(0, length).ToArray()));
        Assert.True(Whole.Read(frame));
    }

    /// <summary>The IP header's length is that of the prefix, so that the layers above see the truncation.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_prefix_with_a_corrected_length_is_a_consistent_view_or_none(string kind)
    {
        var frame = FrameOf(kind);
        var isIPv4 = frame[0] >> 4 == 4;
        var header = isIPv4 ? IpHeader.IPv4Length : IpHeader.IPv6Length;
        for (var length = header; length <= frame.Length; length++)
        {
            var cut = frame[..length];
            BinaryPrimitives.WriteUInt16BigEndian(
                cut.AsSpan(isIPv4 ? 2 : 4), (ushort)(isIPv4 ? length : length - header));
            Whole.Read(cut);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_octet_may_have_any_value(string kind)
    {
        var frame = FrameOf(kind);
        // No parser reads the payload.
        for (var i = 0; i < Math.Min(frame.Length, 140); i++)
        {
            var kept = frame[i];
            for (var value = 0; value <= 255; value++)
            {
                frame[i] = (byte)value;
                Whole.Read(frame);
            }

            frame[i] = kept;
        }
    }

    [Fact]
    public void Any_bytes_at_all_are_a_consistent_view_or_none() =>
        Generators.ForAll(
            from version in Gen.Elements(0x40, 0x45, 0x46, 0x4F, 0x60, 0x00)
            from bytes in Generators.Bytes(200)
            select (version, bytes),
            sample =>
            {
                var bytes = sample.bytes;
                if (bytes.Length > 0 && sample.version != 0)
                    bytes[0] = (byte)sample.version;
                Whole.Read(bytes);
                Whole.ReadTcp(bytes);
                Whole.ReadUdp(bytes);
                Whole.ReadIcmp(bytes, isIPv4: true);
                Whole.ReadIcmp(bytes, isIPv4: false);
            },
            times: 3_000);

    [Fact]
    public void Frames_with_a_few_octets_changed_are_a_consistent_view_or_none()
    {
        var frames = Frames.All().Select(sample => sample.Frame).ToArray();
        Generators.ForAll(
            from frame in Gen.Elements(frames)
            from length in Gen.Choose(0, frame.Length)
            from places in Gen.ArrayOf(Gen.Choose(0, Math.Max(0, length - 1)), 4)
            from values in Gen.ArrayOf(Generators.Octet, 4)
            select (frame: frame[..length], places, values),
            sample =>
            {
                for (var i = 0; i < sample.places.Length && sample.frame.Length > 0; i++)
                    sample.frame[sample.places[i]] = sample.values[i];
                Whole.Read(sample.frame);
            },
            times: 3_000);
    }

    private static byte[] FrameOf(string kind) => Frames.All().Single(sample => sample.Name == kind).Frame;
}
