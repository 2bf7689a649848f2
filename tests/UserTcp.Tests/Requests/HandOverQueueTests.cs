using UserTcp.Buffers;
using UserTcp.Engine.Buffers;
using UserTcp.Requests;
using Xunit;

namespace UserTcp.Tests.Requests;

/// <summary>Frames from one loop to another keep their order, arrive once, and are bounded.</summary>
public sealed class HandOverQueueTests
{
    private readonly SharedBlockPool _pool = new MemoryBudget(1 << 30).CreatePool();

    [Fact]
    public void Frames_are_dequeued_in_order()
    {
        var queue = new HandOverQueue(10);
        for (var i = 0; i < 10; i++)
            Assert.True(queue.TryPush(Frame(i)));
        Assert.False(queue.IsEmpty);

        Assert.Equal(Enumerable.Range(0, 10), Numbers(queue.DequeueAll()));

        Assert.True(queue.IsEmpty);
        Assert.Null(queue.DequeueAll());
        Assert.Equal(0, _pool.Rented);
    }

    [Fact]
    public void A_full_queue_refuses_frames_until_it_is_emptied()
    {
        var queue = new HandOverQueue(3);
        for (var round = 0; round < 3; round++)
        {
            var frames = Enumerable.Range(0, 5).Select(Frame).ToArray();
            Assert.Equal([true, true, true, false, false], frames.Select(queue.TryPush));
            frames[3].Release();
            frames[4].Release();
            Assert.Equal([0, 1, 2], Numbers(queue.DequeueAll()));
        }

        Assert.Equal(0, _pool.Rented);
    }

    [Fact]
    public async Task Many_threads_may_push_while_one_dequeues()
    {
        const int Threads = 4, Frames = 20_000;
        var queue = new HandOverQueue(64);
        var pushing = Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                var spinner = default(SpinWait);
                for (var i = 0; i < Frames; i++)
                {
                    var frame = Frame((thread * Frames) + i);
                    while (!queue.TryPush(frame))
                        spinner.SpinOnce();
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();

        var next = Enumerable.Range(0, Threads).Select(thread => thread * Frames).ToArray();
        for (var dequeued = 0; dequeued < Threads * Frames;)
        {
            var numbers = Numbers(queue.DequeueAll());
            Assert.InRange(numbers.Count, 0, 64);
            // Each thread's frames are in order; other threads' frames may be between them.
            Assert.All(numbers, number => Assert.Equal(next[number / Frames]++, number));
            dequeued += numbers.Count;
        }

        await Task.WhenAll(pushing).OrFail();
        Assert.True(queue.IsEmpty);
        Assert.Equal(0, _pool.Rented);
    }

    private static List<int> Numbers(Block? first)
    {
        var numbers = new List<int>();
        for (var block = first; block is not null; block = block.NextBlock)
            numbers.Add(BitConverter.ToInt32(block.Content));
        Block.ReleaseChain(first);
        return numbers;
    }

    private Block Frame(int number)
    {
        var block = _pool.Rent();
        block.Append(BitConverter.GetBytes(number));
        return block;
    }
}
