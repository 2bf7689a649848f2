using System.IO.Pipelines;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>
/// Reading, writing and the loop allocate nothing in steady state. With inline continuations a handler and its stack's
/// loop share a thread, so that the handler can count for both.
/// </summary>
public sealed class AllocationTests
{
    private const int WarmUp = 3000;
    private const int Rounds = 3000;

    /// <summary>
    /// Bytes for objects that are created on first use, such as a connection's timers; not one object per segment.
    /// </summary>
    private const int MadeOnce = 512;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Streams_allocate_nothing(int queues)
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = true, Queues = queues });
        var (client, server) = await pair.ConnectAsync();

        await AssertNothingAsync(
            Task.Run(() => AnswerAsync(server.GetStream())),
            Task.Run(() => AskAsync(client.GetStream())));
    }

    [Fact]
    public async Task Pipes_allocate_nothing()
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { InlineContinuations = true });
        var (client, server) = await pair.ConnectAsync();

        await AssertNothingAsync(
            Task.Run(() => EchoAsync(server.Transport, asks: false)),
            Task.Run(() => EchoAsync(client.Transport, asks: true)));
    }

    [Fact]
    public void Waiting_on_a_link_allocates_nothing_not_even_the_first_time()
    {
        var devices = new Queue<ILinkDevice>(Enumerable.Range(0, 10).Select(_ => InMemoryLink.CreatePair().Item1));
        var timeout = TimeSpan.FromMilliseconds(1);

        Assert.Equal(0, Allocations.Of(() => devices.Dequeue().Wait(timeout)));
    }

    private static async Task AssertNothingAsync(Task<long> server, Task<long> client)
    {
        var allocated = await Task.WhenAll(server, client).OrFail();
        Assert.All(allocated, bytes => Assert.InRange(bytes, 0, MadeOnce));
    }

    private static async Task<long> AskAsync(UserTcpStream stream)
    {
        var message = new byte[1000];
        var batches = new Batches();
        for (var round = 0; round < WarmUp + Rounds; round++)
        {
            batches.Begin(round);
            await stream.WriteAsync(message).ConfigureAwait(false);
            for (var read = 0; read < message.Length;)
                read += await stream.ReadAsync(message.AsMemory(read)).ConfigureAwait(false);
        }

        return batches.Min;
    }

    private static async Task<long> AnswerAsync(UserTcpStream stream)
    {
        var message = new byte[1000];
        var batches = new Batches();
        for (var round = 0; round < WarmUp + Rounds; round++)
        {
            batches.Begin(round);
            for (var read = 0; read < message.Length;)
                read += await stream.ReadAsync(message.AsMemory(read)).ConfigureAwait(false);
            await stream.WriteAsync(message).ConfigureAwait(false);
        }

        return batches.Min;
    }

    private static async Task<long> EchoAsync(IDuplexPipe pipe, bool asks)
    {
        var batches = new Batches();
        for (var round = 0; round < WarmUp + Rounds; round++)
        {
            batches.Begin(round);
            if (asks)
                await WriteAsync(pipe.Output).ConfigureAwait(false);
            for (var left = 20_000L; left > 0;)
            {
                var result = await pipe.Input.ReadAsync().ConfigureAwait(false);
                left -= result.Buffer.Length;
                pipe.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted && left > 0)
                    Assert.Fail($"ended in round {round} with {left} bytes left");
            }

            if (!asks)
                await WriteAsync(pipe.Output).ConfigureAwait(false);
        }

        return batches.Min;
    }

    private static ValueTask<FlushResult> WriteAsync(PipeWriter writer)
    {
        writer.GetSpan(20_000)[..20_000].Clear();
        writer.Advance(20_000);
        return writer.FlushAsync();
    }

    /// <summary>
    /// The bytes of the cheapest batch of rounds: a garbage collection by another test adds to one batch, the cost of
    /// a segment to all.
    /// </summary>
    private sealed class Batches
    {
        private const int Length = Rounds / 5;

        private long _before;

        public long Min { get; private set; } = long.MaxValue;

        public void Begin(int round)
        {
            if (round < WarmUp || (round - WarmUp) % Length != 0)
                return;
            var now = GC.GetAllocatedBytesForCurrentThread();
            if (round > WarmUp)
                Min = Math.Min(Min, now - _before);
            _before = now;
        }
    }
}
