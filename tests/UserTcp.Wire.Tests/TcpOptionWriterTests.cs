namespace UserTcp.Wire.Tests;

public class TcpOptionWriterTests
{
    [Fact]
    [Trait("RFC9293", "MUST-68")]
    [Trait("RFC9293", "MUST-69")]
    public void Options_fill_whole_words_without_an_end_of_list() =>
        Generators.ForAll(
            Generators.Options,
            options =>
            {
                var bytes = Write(options);
                Assert.Equal(0, bytes.Length % 4);
                Assert.InRange(bytes.Length, 0, 40);
                // Walking by the length octets ends exactly at the end: there is no End of Option List and no padding.
                var at = 0;
                while (at < bytes.Length)
                {
                    Assert.NotEqual(TcpOptionKind.EndOfOptions, bytes[at]);
                    at += bytes[at] == TcpOptionKind.NoOperation ? 1 : bytes[at + 1];
                }

                Assert.Equal(bytes.Length, at);
            },
            times: 2_000);

    [Fact]
    public void Written_fields_are_read_back() =>
        Generators.ForAll(
            Generators.Options,
            options => Assert.True(ReferenceOptions.AreEqual(options, TcpOptions.Parse(Write(options)))), times: 2_000);

    /// <summary>The order in a SYN of Linux.</summary>
    [Fact]
    public void Options_of_a_SYN_have_the_order_of_Linux()
    {
        var options = new TcpOptions
        {
            Mss = 1460,
            SackPermitted = true,
            Timestamps = new TcpTimestamps(0x01020304, 0),
            WindowScale = WindowScale.FromWire(7),
        };

        Assert.Equal<byte>([2, 4, 0x05, 0xB4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7], Write(options));
        Assert.Equal<byte>([1, 1, 4, 2], Write(new TcpOptions { SackPermitted = true }));
        Assert.Equal<byte>([2, 4, 0xFF, 0xFF], Write(new TcpOptions { Mss = 0xFFFF }));
    }

    [Fact]
    [Trait("RFC", "7323 appendix A")]
    public void Timestamps_and_SACK_blocks_are_aligned()
    {
        Assert.Equal<byte>(
            [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2], Write(new TcpOptions { Timestamps = new TcpTimestamps(1, 2) }));
        Assert.Equal<byte>([1, 1, 5, 10], Write(new TcpOptions { Sack = Frames.Blocks(1) })[..4]);
    }

    [Theory]
    [InlineData(false, 4)]
    [InlineData(true, 3)]
    [Trait("RFC", "2018 section 3")]
    public void As_many_SACK_blocks_are_written_as_fit(bool timestamps, int room)
    {
        for (var count = 0; count <= SackBlocks.MaxCount; count++)
        {
            var options = new TcpOptions
            {
                Timestamps = timestamps ? new TcpTimestamps(1, 2) : null,
                Sack = Frames.Blocks(count),
            };
            var read = TcpOptions.Parse(Write(options));
            Assert.True(ReferenceOptions.AreEqual(Frames.Blocks(Math.Min(count, room)), read.Sack));
            Assert.Equal(options.Timestamps, read.Timestamps);
        }
    }

    private static byte[] Write(in TcpOptions options)
    {
        var bytes = new byte[40];
        return bytes[..new TcpOptionWriter(bytes).Write(options)];
    }
}
