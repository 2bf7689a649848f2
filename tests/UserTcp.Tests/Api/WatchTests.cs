using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using UserTcp.Wire;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// Segments can be watched from any thread, by many watchers, and a slow one delays neither the stack nor others.
/// </summary>
public sealed class WatchTests
{
    [Fact]
    public async Task A_watcher_sees_the_handshake()
    {
        await using var pair = await StackPair.StartAsync();
        await using var watch = pair.Server.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var first = watch.MoveNextAsync().OrFail();

        await pair.ConnectAsync();

        Assert.True(await first);
        Assert.Equal((TraceEventKind.Connection, 1), (watch.Current.Kind, watch.Current.Number));
        var segments = new List<(bool, TcpFlags)>();
        for (var number = 2; segments.Count < 3; number++)
        {
            Assert.True(await watch.MoveNextAsync().OrFail());
            Assert.Equal(number, watch.Current.Number);
            if (watch.Current.Kind == TraceEventKind.Segment)
                segments.Add((watch.Current.Segment.Sent, watch.Current.Segment.Header.Flags));
        }

        Assert.Equal([(false, TcpFlags.Syn), (true, TcpFlags.Syn | TcpFlags.Ack), (false, TcpFlags.Ack)], segments);
    }

    [Fact]
    public async Task Watching_ends_with_the_token()
    {
        await using var pair = await StackPair.StartAsync();
        using var cancellation = new CancellationTokenSource();
        await using var watch = pair.Server.WatchAsync(cancellation.Token).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().OrFail();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Watching_ends_with_the_stack()
    {
        await using var pair = await StackPair.StartAsync();
        await using var watch = pair.Server.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var next = watch.MoveNextAsync().OrFail();

        await pair.Server.DisposeAsync();

        Assert.False(await next);
        await foreach (var observation in pair.Server.WatchAsync(TestContext.Current.CancellationToken))
            Assert.Fail($"A stack that has ended still reports {observation.Kind}.");
    }

    [Fact]
    public async Task A_slow_watcher_gets_runs_of_events_and_is_told_how_many_it_misses()
    {
        await using var pair = await StackPair.StartAsync();
        await using var watch = pair.Client.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var first = watch.MoveNextAsync().OrFail();
        var (client, server) = await pair.ConnectAsync();
        var received = server.GetStream().HashToEndAsync();

        await client.GetStream().WriteAsync(new byte[30 << 20]).OrFail();
        client.CompleteWrites();
        await received;

        Assert.True(await first);
        for (long last = 0, run = 0; ; run++)
        {
            var missed = watch.Current.Kind == TraceEventKind.Gap ? watch.Current.Missed : 0;
            Assert.Equal(last + Math.Max(missed, 1), watch.Current.Number);
            last = watch.Current.Number;
            if (missed > 0)
            {
                Assert.True(run >= 4096, $"The gap is behind a run of {run} events.");
                Assert.InRange(pair.Client.DroppedEvents, missed, long.MaxValue);
                return;
            }

            Assert.True(await watch.MoveNextAsync().OrFail());
        }
    }

    [Fact]
    public async Task The_engine_has_an_observer_only_while_there_is_a_watcher()
    {
        var counting = new CountingObserver();
        await using var pair = await StackPair.StartAsync(new PairOptions { ServerObserver = counting });
        Assert.Null(Observer(pair.Client));
        Assert.NotNull(Observer(pair.Server));

        await using (var watch = pair.Client.WatchAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator())
        {
            var next = watch.MoveNextAsync().OrFail();
            await using var serverWatch = pair.Server.WatchAsync(TestContext.Current.CancellationToken)
                .GetAsyncEnumerator();
            var serverNext = serverWatch.MoveNextAsync().OrFail();
            Assert.NotNull(Observer(pair.Client));
            await pair.ConnectAsync();
            Assert.True(await next && await serverNext);
            Assert.NotEqual(0, counting.Count);
        }

        Assert.Null(Observer(pair.Client));
        Assert.NotNull(Observer(pair.Server));
    }

    private static IEngineObserver? Observer(UserTcpStack stack) =>
        stack.Loops.Loops[0].Call(driver => driver.Engine.Observer, () => null);

    private sealed class CountingObserver : IEngineObserver
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void OnEvent(in TraceEvent traceEvent) => Interlocked.Increment(ref _count);
    }
}
