using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>For tests that measure the whole process.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>What a crowd of idle connections keeps of the managed heap, TCB, tables and API objects together.</summary>
[Collection("Alone")]
public sealed class IdleMemoryTests
{
    private const int Pairs = 2000;
    private const int WarmUp = 100;
    private const int MostOctets = 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_idle_connection_takes_no_more_than_a_kibibyte(bool timestamps)
    {
        await using var pair = await StackPair.StartAsync(new PairOptions { Timestamps = timestamps });
        await using var listener = await pair.ListenAsync();
        var kept = new List<UserTcpConnection>(2 * (WarmUp + Pairs));
        await ConnectAsync(WarmUp);
        var before = Held();

        await ConnectAsync(Pairs);

        var each = (Held() - before) / (2.0 * Pairs);
        Assert.True(each <= MostOctets, $"A connection takes {each:F0} octets.");
        Assert.True(each > MostOctets / 2, $"{each:F0} octets for a connection are too few to be true.");
        GC.KeepAlive(kept);

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

    private static long Held()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
