using UserTcp.Engine.Buffers;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Buffers;

/// <summary>The reassembly queue against a naive one that keeps each byte separately.</summary>
public class OutOfOrderQueueTests
{
    private const int Space = 60_000;

    [Theory]
    [InlineData(1, int.MaxValue - 20_000u)]
    [InlineData(2, uint.MaxValue - 20_000)]
    [InlineData(3, 0u)]
    [InlineData(4, uint.MaxValue)]
    [InlineData(5, int.MaxValue)]
    [Trait("RFC9293", "SHLD-31")]
    public void Random_overlaps_equal_a_naive_reassembler_and_first_data_wins(int seed, uint start)
    {
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            var pool = new LocalBlockPool();
            var queue = new OutOfOrderQueue(pool, int.MaxValue, int.MaxValue);
            var naive = new byte?[Space];
            var longest = random.Next(2) == 0 ? 20 : 20_000;
            for (var i = 0; i < 60; i++)
            {
                var offset = 1 + random.Next(Space - longest - 1);
                var data = new byte[1 + random.Next(longest)];
                random.NextBytes(data);
                Assert.True(queue.Insert(new SeqNum(start) + offset, data));
                for (var at = 0; at < data.Length; at++)
                    naive[offset + at] ??= data[at];
                if (i % 10 == 0)
                    Assert.Equal(RangesOf(naive), queue.RangeCount);
                Assert.Equal(queue.IsEmpty, queue.RangeCount == 0);
            }

            AssertDrains(queue, naive, new SeqNum(start), random);
            Assert.True(queue.IsEmpty);
            Assert.Equal(0, pool.Rented);
        }
    }

    [Theory]
    [InlineData(1, int.MaxValue - 20_000u)]
    [InlineData(2, uint.MaxValue - 20_000)]
    [Trait("RFC", "9293 section 3.10.7.4")]
    public void Truncation_at_an_end_keeps_the_rest_correct(int seed, uint start)
    {
        var random = new Random(seed);
        for (var round = 0; round < 50; round++)
        {
            var pool = new LocalBlockPool();
            var queue = new OutOfOrderQueue(pool, int.MaxValue, int.MaxValue);
            var naive = new byte?[Space];
            for (var i = 0; i < 20; i++)
            {
                var data = new byte[1 + random.Next(20_000)];
                random.NextBytes(data);
                var offset = 1 + random.Next(Space - data.Length - 1);
                queue.Insert(new SeqNum(start) + offset, data);
                for (var at = 0; at < data.Length; at++)
                    naive[offset + at] ??= data[at];
            }

            var end = random.Next(Space);
            queue.DiscardFrom(new SeqNum(start) + end);
            Array.Clear(naive, end, Space - end);

            Assert.Equal((RangesOf(naive), pool.Rented), (queue.RangeCount, queue.BlockCount));
            AssertDrains(queue, naive, new SeqNum(start), random);
            Assert.Equal((true, 0, 0), (queue.IsEmpty, queue.BlockCount, pool.Rented));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Limits_hold_and_held_data_stays_correct(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            var pool = new LocalBlockPool();
            var queue = new OutOfOrderQueue(pool, 8, 10);
            var start = new SeqNum(uint.MaxValue - 30_000);
            var original = new byte[Space];
            random.NextBytes(original);
            var complete = true;
            for (var i = 0; i < 100; i++)
            {
                var offset = 1 + random.Next(Space - 2);
                var length = 1 + random.Next(Math.Min(3000, Space - offset - 1));
                complete &= queue.Insert(start + offset, original.AsSpan(offset, length));
                Assert.InRange(queue.RangeCount, 0, 8);
                Assert.InRange(pool.Rented, 0, 10);
            }

            Assert.False(complete);
            for (var at = 1; at < Space; at++)
            {
                if (queue.DequeueContinuation(start + at) is not { } chain)
                    continue;
                var data = DataOf(chain);
                Assert.Equal(original.AsSpan(at, data.Length).ToArray(), data);
                at += data.Length;
            }

            Assert.Equal(0, pool.Rented);
            Assert.True(queue.Insert(start + 5, original.AsSpan(5, 10)));
            queue.Clear();
            Assert.Equal((0, true), (pool.Rented, queue.IsEmpty));
        }
    }

    [Theory]
    [InlineData(int.MaxValue - 2u)]
    [InlineData(uint.MaxValue - 2)]
    public void A_continuation_drops_old_bytes_and_old_ranges(uint start)
    {
        var pool = new LocalBlockPool();
        var queue = new OutOfOrderQueue(pool, 10, 10);
        var seq = new SeqNum(start);
        queue.Insert(seq + 1, "bc"u8);
        queue.Insert(seq + 4, "efg"u8);
        queue.Insert(seq + 10, "k"u8);
        Assert.Null(queue.DequeueContinuation(seq));
        Assert.Equal("fg"u8, DataOf(queue.DequeueContinuation(seq + 5)!));
        Assert.Null(queue.DequeueContinuation(seq + 9));
        Assert.Equal("k"u8, DataOf(queue.DequeueContinuation(seq + 10)!));
        Assert.Equal((0, true), (pool.Rented, queue.IsEmpty));
    }

    [Fact]
    public void Adjacent_ranges_merge_and_are_delivered_together()
    {
        var queue = new OutOfOrderQueue(new LocalBlockPool(), 10, 10);
        var seq = new SeqNum(uint.MaxValue);
        queue.Insert(seq + 4, "d"u8);
        queue.Insert(seq + 2, "b"u8);
        queue.Insert(seq + 3, "c"u8);
        Assert.Equal(1, queue.RangeCount);
        Assert.Equal("bcd"u8, DataOf(queue.DequeueContinuation(seq + 2)!));
    }

    [Theory]
    [InlineData(uint.MaxValue - 1000)]
    [InlineData(int.MaxValue - 1000u)]
    public void Data_beyond_the_block_limit_is_dropped_and_held_data_stays(uint start)
    {
        var pool = new LocalBlockPool();
        var queue = new OutOfOrderQueue(pool, 8, maxBlocks: 2);
        var first = new SeqNum(start);
        var data = new byte[3 * BlockPool.StandardSize];
        new Random(1).NextBytes(data);

        // In a new range, in a range that grows, and in a third one.
        Assert.False(queue.Insert(first + 1, data.AsSpan(1)));
        Assert.Equal((1, 2), (queue.RangeCount, queue.BlockCount));
        var held = queue[0].End - queue[0].Start;
        Assert.InRange(held, BlockPool.StandardSize, data.Length - 2);
        Assert.False(queue.Insert(queue[0].End, data));
        Assert.False(queue.Insert(queue[0].End + 1, data));

        Assert.Equal((1, 2, held), (queue.RangeCount, queue.BlockCount, queue[0].End - queue[0].Start));
        var drained = new List<byte>();
        var chain = queue.DequeueContinuation(first + 1);
        for (var block = chain; block is not null; block = block.NextBlock)
            drained.AddRange(block.Content);
        Assert.Equal(data[1..(held + 1)], drained);
        Block.ReleaseChain(chain);
        Assert.Equal(0, pool.Rented);
    }

    private static void AssertDrains(OutOfOrderQueue queue, byte?[] naive, SeqNum start, Random random)
    {
        for (var at = 1; at < naive.Length; at++)
        {
            if (naive[at] is null)
            {
                if (random.Next(100) == 0)
                    Assert.Null(queue.DequeueContinuation(start + at));
                continue;
            }

            var data = DataOf(queue.DequeueContinuation(start + at)!);
            foreach (var value in data)
                Assert.True(naive[at++] == value, "other bytes");
            Assert.True(at == naive.Length || naive[at] is null, "the run ends too early");
        }
    }

    private static int RangesOf(byte?[] naive)
    {
        var runs = 0;
        for (var at = 1; at < naive.Length; at++)
            runs += naive[at] is not null && naive[at - 1] is null ? 1 : 0;
        return runs;
    }

    private static byte[] DataOf(Block chain)
    {
        var data = new List<byte>();
        for (var block = chain; block is not null; block = block.NextBlock)
            data.AddRange(block.Content);
        Block.ReleaseChain(chain);
        return [.. data];
    }
}
