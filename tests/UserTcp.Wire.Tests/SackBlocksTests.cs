namespace UserTcp.Wire.Tests;

public class SackBlocksTests
{
    [Fact]
    public void Four_blocks_are_kept_in_order_and_a_fifth_is_refused()
    {
        var blocks = default(SackBlocks);
        for (var i = 0u; i < SackBlocks.MaxCount; i++)
        {
            Assert.Equal((int)i, blocks.Count);
            Assert.True(blocks.TryAdd(Block(i)));
        }

        Assert.False(blocks.TryAdd(Block(99)));
        Assert.Equal(SackBlocks.MaxCount, blocks.Count);
        for (var i = 0; i < SackBlocks.MaxCount; i++)
            Assert.Equal(Block((uint)i), blocks[i]);
    }

    [Fact]
    public void A_copy_does_not_change_with_the_original()
    {
        var blocks = Frames.Blocks(1);
        var copy = blocks;
        copy.TryAdd(Block(5));

        Assert.Equal(1, blocks.Count);
        Assert.Equal(2, copy.Count);
    }

    private static SackBlock Block(uint number) =>
        new(new SeqNum(0xFFFF_FFFE) + number, new SeqNum(0xFFFF_FFFF) + number);
}
