using UserTcp.Engine.Contract;
using UserTcp.Loop;
using Xunit;

namespace UserTcp.Tests.Loop;

/// <summary>The queue of a watcher: exact gaps, whole runs, no lost wake-up.</summary>
public sealed class WatchQueueTests
{
    private const int Length = 8;

    private int _rooms;

    [Fact]
    public void A_full_queue_takes_nothing_until_half_of_it_has_been_read()
    {
        var queue = Queue();
        for (var number = 1; number <= 20; number++)
            Assert.Equal(number <= Length, queue.TryWrite(Event(number)));
        Assert.Equal("1 2 3 ", Read(queue, 3));
        Assert.False(queue.HasRoom);
        Assert.Equal("4 ", Read(queue, 1));
        Assert.True(queue.HasRoom);
        Assert.Equal(1, _rooms);
        Assert.True(queue.TryWrite(Event(21)));
        Assert.Equal("5 6 7 8 -20(12) 21 ", Read(queue, 100));
    }

    [Fact]
    public void What_is_missed_last_is_said_without_a_further_event()
    {
        var queue = Queue();
        for (var number = 1; number <= 10; number++)
            queue.TryWrite(Event(number));
        queue.Miss(15);
        Assert.Equal("1 2 3 4 5 6 7 8 -15(7) ", Read(queue, 100));
        Assert.Equal("", Read(queue, 100));
    }

    [Fact]
    public void What_others_have_missed_before_its_first_event_is_no_gap()
    {
        var queue = Queue();
        queue.Miss(100);
        Assert.Equal("", Read(queue, 100));

        queue.TryWrite(Event(102));
        queue.TryWrite(Event(104));
        Assert.Equal("102 -103(1) 104 ", Read(queue, 100));
    }

    [Fact]
    public async Task A_wait_ends_with_an_event_a_gap_the_end_or_the_token()
    {
        var queue = Queue();
        var wait = queue.WaitToReadAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(wait.IsCompleted);
        queue.TryWrite(Event(1));
        Assert.True(await wait);
        Assert.Equal("1 ", Read(queue, 9));

        wait = queue.WaitToReadAsync(TestContext.Current.CancellationToken).AsTask();
        queue.Miss(2);
        Assert.True(await wait);
        Assert.Equal("-2(1) ", Read(queue, 9));

        using var cancellation = new CancellationTokenSource();
        wait = queue.WaitToReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);

        wait = queue.WaitToReadAsync(TestContext.Current.CancellationToken).AsTask();
        queue.TryWrite(Event(3));
        queue.Complete();
        Assert.True(await wait);
        Assert.Equal("3 ", Read(queue, 9));
        Assert.False(await queue.WaitToReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_fast_writer_and_a_slow_reader_account_for_every_event()
    {
        const int Events = 300_000;
        var queue = Queue(1024);
        var writing = Task.Run(() =>
        {
            for (var number = 1; number <= Events; number++)
                queue.TryWrite(Event(number));
            queue.Complete();
        });

        var (seen, last) = (0L, 0L);
        while (await queue.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (queue.TryRead(out var traceEvent))
            {
                var count = traceEvent.Kind == TraceEventKind.Gap ? traceEvent.Missed : 1;
                Assert.Equal(last + count, traceEvent.Number);
                (seen, last) = (seen + count, traceEvent.Number);
            }
        }

        await writing;
        Assert.Equal((Events, Events), (seen, last));
    }

    private WatchQueue Queue(int length = Length) => new(length, last: 0, () => _rooms++);

    private static TraceEvent Event(long number) => new()
    {
        Number = number,
        Kind = TraceEventKind.Limit,
        Time = new MonotonicTime(number),
        Tuple = default,
    };

    private static string Read(WatchQueue queue, int count)
    {
        var read = "";
        while (count-- > 0 && queue.TryRead(out var one))
            read += one.Kind == TraceEventKind.Gap ? $"-{one.Number}({one.Missed}) " : $"{one.Number} ";
        return read;
    }
}
