using System.Runtime.InteropServices;
using UserTcp.Engine.Buffers;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Buffers;

/// <summary>The send queue against a list of bytes.</summary>
public class SendQueueTests
{
    private readonly LocalBlockPool _pool = new();

    [Theory]
    [InlineData(1, int.MaxValue - 3u)]
    [InlineData(2, uint.MaxValue - 3)]
    [InlineData(3, 0u)]
    public void Slices_equal_the_appended_data_in_any_order_of_operations(int seed, uint start)
    {
        var random = new Random(seed);
        var queue = default(SendQueue);
        var model = new List<byte>();
        var una = new SeqNum(start);
        queue.Begin(una);
        for (var i = 0; i < 20_000; i++)
        {
            switch (random.Next(4))
            {
                case 0:
                    if (model.Count < 200_000)
                        Append(ref queue, model, random);
                    break;
                case 1:
                    var count = random.Next(Math.Min(model.Count, 4000) + 1);
                    Assert.Equal(count, queue.AcknowledgeUpTo(una + count));
                    una += count;
                    model.RemoveRange(0, count);
                    break;
                default:
                    var offset = random.Next(model.Count + 1);
                    var length = Math.Min(random.Next(3000), model.Count - offset);
                    var data = DataOf(queue.Slice(una + offset, length));
                    Assert.True(
                        CollectionsMarshal.AsSpan(model).Slice(offset, length).SequenceEqual(data), "other bytes");
                    break;
            }

            Assert.Equal((una, model.Count, una + model.Count), (queue.Start, queue.Length, queue.End));
        }

        Assert.Equal(model.Count, queue.AcknowledgeUpTo(una + model.Count));
        Assert.Equal((0, 0), (queue.Length, _pool.Rented));
    }

    [Fact]
    public void Small_sends_share_a_block()
    {
        var queue = default(SendQueue);
        queue.Begin(new SeqNum(uint.MaxValue));
        for (var i = 0; i < 8; i++)
            queue.Append(BlockOf(new byte[2048]));
        Assert.Equal((8 * 2048, 1), (queue.Length, _pool.Rented));
        queue.Append(BlockOf([1]));
        Assert.Equal(2, _pool.Rented);
        queue.Clear();
        Assert.Equal((0, 0), (queue.Length, _pool.Rented));
    }

    [Fact]
    public void Empty_blocks_are_released_at_once()
    {
        var queue = default(SendQueue);
        queue.Append(BlockOf([]));
        Assert.Equal((0, 0), (queue.Length, _pool.Rented));
    }

    [Fact]
    public void Old_ACKs_and_the_FIN_release_no_data()
    {
        var queue = default(SendQueue);
        queue.Begin(new SeqNum(uint.MaxValue));
        queue.Append(BlockOf([1, 2, 3]));
        Assert.Equal(0, queue.AcknowledgeUpTo(new SeqNum(uint.MaxValue - 5)));
        Assert.Equal(2, queue.AcknowledgeUpTo(new SeqNum(1)));
        Assert.Equal(1, queue.AcknowledgeUpTo(new SeqNum(3)));
        Assert.Equal((new SeqNum(2), 0), (queue.Start, _pool.Rented));
    }

    private void Append(ref SendQueue queue, List<byte> model, Random random)
    {
        Block? first = null, last = null;
        for (var blocks = 1 + random.Next(3); blocks > 0; blocks--)
        {
            var data = new byte[random.Next(random.Next(3) == 0 ? 16_384 : 300)];
            random.NextBytes(data);
            model.AddRange(data);
            var block = BlockOf(data);
            if (last is null)
                first = block;
            else
                last.NextBlock = block;
            last = block;
        }

        queue.Append(first);
    }

    private Block BlockOf(byte[] data)
    {
        var block = _pool.Rent();
        block.Append(data);
        return block;
    }

    private static byte[] DataOf(DataSlice slice)
    {
        var data = new List<byte>();
        foreach (var piece in slice)
            data.AddRange(piece);
        Assert.Equal(slice.Length, data.Count);
        return [.. data];
    }
}
