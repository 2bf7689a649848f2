using System.Buffers;
using UserTcp.Engine.Buffers;

namespace UserTcp.Engine.Tests.Buffers;

/// <summary>Blocks, their pool, and the receive queue made of them.</summary>
public class BlockTests
{
    private readonly LocalBlockPool _pool = new();

    [Theory]
    [InlineData(0, BlockPool.StandardSize)]
    [InlineData(BlockPool.StandardSize, BlockPool.StandardSize)]
    [InlineData(BlockPool.StandardSize + 1, BlockPool.LargeSize)]
    [InlineData(BlockPool.LargeSize, BlockPool.LargeSize)]
    public void A_block_has_the_minimum_sufficient_size(int wanted, int capacity)
    {
        var block = _pool.Rent(wanted);
        Assert.Equal((capacity, 0, 0), (block.Capacity, block.Start, block.Length));
        block.Release();
    }

    [Fact]
    public void A_block_larger_than_the_largest_frame_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _pool.Rent(BlockPool.LargeSize + 1));

    [Fact]
    public void A_reused_block_is_empty()
    {
        var block = _pool.Rent();
        block.Append("data"u8);
        block.NextBlock = _pool.Rent();
        block.Expose(7);
        Assert.Equal(2, _pool.Rented);
        Block.ReleaseChain(block);
        Assert.Equal(0, _pool.Rented);
        var reused = (_pool.Rent(), _pool.Rent());
        Assert.Same(block, reused.Item2);
        Assert.Equal((0, 0, null, 0L), (block.Start, block.End, block.NextBlock, block.RunningIndex));
        Assert.True(block.Memory.IsEmpty);
    }

    [Fact]
    public void Append_copies_as_much_as_fits()
    {
        var block = _pool.Rent();
        Assert.Equal(BlockPool.StandardSize - 1, block.Append(new byte[BlockPool.StandardSize - 1]));
        Assert.Equal(1, block.Append("ab"u8));
        Assert.Equal(0, block.Append("b"u8));
        Assert.Equal((byte)'a', block.Content[^1]);
        Assert.True(block.Free.IsEmpty);
    }

    [Fact]
    public void Exposed_blocks_are_read_as_one_sequence()
    {
        var (first, last) = (_pool.Rent(), _pool.Rent());
        first.Append("xabc"u8);
        first.Start = 1;
        last.Append("def"u8);
        first.NextBlock = last;
        first.Expose(0);
        last.Expose(3);
        Assert.Equal("abcdef"u8, new ReadOnlySequence<byte>(first, 0, last, 3).ToArray());
    }

    [Fact]
    public void The_receive_queue_returns_copies_and_chains_in_order()
    {
        var queue = default(ReceiveQueue);
        Assert.Null(queue.DequeueAll());
        Assert.True(queue.TryCopy("ab"u8, _pool));
        var chain = _pool.Rent();
        chain.Append("cd"u8);
        chain.NextBlock = _pool.Rent();
        chain.NextBlock.Append("e"u8);
        queue.Append(chain);
        Assert.True(queue.TryCopy("f"u8, _pool));
        Assert.True(queue.TryCopy(new byte[40_000], _pool));
        Assert.Equal(40_006, queue.Length);
        var data = new List<byte>();
        var all = queue.DequeueAll();
        for (var block = all; block is not null; block = block.NextBlock)
            data.AddRange(block.Content);
        Assert.Equal("abcdef"u8, data.Take(6).ToArray());
        Assert.Equal((40_006, 0), (data.Count, queue.Length));
        Block.ReleaseChain(all);
        Assert.Equal(0, _pool.Rented);
        Assert.Null(queue.DequeueAll());
    }

    [Fact]
    public void Small_payloads_share_a_block_instead_of_pinning_one_each()
    {
        var queue = default(ReceiveQueue);
        for (var i = 0; i < BlockPool.StandardSize; i++)
            Assert.True(queue.TryCopy("x"u8, _pool));
        Assert.Equal(1, _pool.Rented);
    }
}
