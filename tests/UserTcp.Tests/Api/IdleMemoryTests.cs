using System.Diagnostics;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Tests that measure the whole process run alone.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>Managed memory of many idle connections: TCBs, tables and API objects.</summary>
[Collection("Alone")]
public sealed class IdleMemoryTests
{
    // With the connections of the warm-up, the tables are half full, as they are with a million connections.
    private const int Pairs = 3000;

    // More than the spare objects that are kept for the next connections.
    private const int WarmUp = 1200;
    private const int MaxBytes = 512;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_connection_takes_at_most_512_bytes(bool timestamps)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Timestamps = timestamps });
        await using var listener = await pair.ListenAsync();
        var kept = new List<UserTcpConnection>(2 * (WarmUp + Pairs));
        await ConnectAsync(WarmUp);
        var before = await SettledAsync(pair);

        await ConnectAsync(Pairs);

        // Idle connections are parked a few at a time.
        var started = Stopwatch.GetTimestamp();
        var each = Each();
        while (each > MaxBytes && Stopwatch.GetElapsedTime(started) < Bound)
        {
            await Task.Delay(10);
            each = Each();
        }

        Assert.True(each <= MaxBytes, $"A connection uses {each:F0} bytes.");
        Assert.True(each > MaxBytes / 2, $"{each:F0} bytes for a connection are too few to be true.");
        GC.KeepAlive(kept);

        double Each() => (Held(pair) - before) / (2.0 * Pairs);

        async Task ConnectAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var (client, server) = await pair.ConnectAsync(listener);
                kept.Add(client);
                kept.Add(server);
            }
        }
    }

    /// <summary>The memory once it no longer falls: all connections so far are parked.</summary>
    private static async Task<long> SettledAsync(StackPair pair)
    {
        const int Polls = 100;
        const long Unit = 16 << 10;
        var (min, unchanged) = (Held(pair), 0);
        while (unchanged < Polls)
        {
            await Task.Delay(10);
            var held = Held(pair);
            unchanged = held > min - Unit ? unchanged + 1 : 0;
            min = Math.Min(min, held);
        }

        return min;
    }

    /// <summary>
    /// The memory of the process without idle blocks: they are kept for the next data of any connection.
    /// </summary>
    private static long Held(StackPair pair)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var held = GC.GetTotalMemory(forceFullCollection: true);
        return held - pair.Client.GetMemoryUsage().Idle - pair.Server.GetMemoryUsage().Idle;
    }
}
