using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests;

/// <summary>Whole transfers between two engines over various links; nothing is left of them afterwards.</summary>
public class LinkTransferTests
{
    [Theory]
    [InlineData("4", 68)]
    [InlineData("4", 576)]
    [InlineData("4", 1500)]
    [InlineData("4", 9000)]
    [InlineData("4", 65_535)]
    [InlineData("6", 1280)]
    [InlineData("6", 1500)]
    [InlineData("6", 65_535)]
    public void Data_crosses_links_of_any_MTU_in_both_directions_at_once(string family, int mtu)
    {
        var pair = new TestPair(link: new LinkProperties(mtu), family: family);
        var (server, client) = pair.Connect();
        Exchange(pair, server, client, mtu < 500 ? 100_000 : 2_000_000, TimeSpan.FromMinutes(5));
        Assert.Equal(0, server.Retransmissions + client.Retransmissions);
        CloseBoth(pair, server, client);
    }

    [Theory]
    [InlineData(1, "4", 1500)]
    [InlineData(2, "6", 1500)]
    [InlineData(3, "4", 296)]
    [InlineData(4, "6", 9000)]
    [InlineData(5, "4", 1500)]
    [InlineData(6, "4", 576)]
    [InlineData(1, "4", 1500, true, true)]
    [InlineData(2, "6", 1500, true, true)]
    [InlineData(3, "4", 296, true, true)]
    [InlineData(4, "4", 68, true, true)]
    [InlineData(5, "4", 1500, true, false)]
    [InlineData(6, "4", 1500, false, true)]
    public void Data_survives_loss_duplication_and_reordering_together(
        int seed, string family, int mtu, bool timestampsHere = false, bool timestampsThere = false)
    {
        var random = new Random(seed);
        var (a, b) =
            (new EngineOptions { Timestamps = timestampsHere }, new EngineOptions { Timestamps = timestampsThere });
        var pair = new TestPair(a, b, new LinkProperties(mtu), family)
        {
            Carries = (_, _) => random.Next(20) != 0,
            Copies = () => random.Next(10) == 0 ? 2 : 1,
            ExtraDelay = () => TimeSpan.FromMilliseconds(random.Next(5) == 0 ? random.Next(20) : 0),
        };
        var (server, client) = pair.Connect();
        Exchange(pair, server, client, 200_000, TimeSpan.FromHours(1));
        Assert.True(server.Retransmissions + client.Retransmissions > 0);
        CloseBoth(pair, server, client);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Data_survives_the_loss_of_half_or_a_third_of_all_frames(int oneIn)
    {
        var random = new Random(oneIn);
        var pair = new TestPair();
        var (server, client) = pair.Connect();
        pair.Carries = (_, _) => random.Next(oneIn) != 0;
        Exchange(pair, server, client, 30_000, TimeSpan.FromHours(12));
        CloseBoth(pair, server, client, TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_written_one_by_one_arrive(bool noDelay)
    {
        var pair = new TestPair();
        var (server, client) = pair.Connect(new ConnectionOptions { NoDelay = noDelay });
        var bytes = Pattern.Bytes(3000);
        foreach (var value in bytes)
            pair.B.Engine.Send(client, pair.B.Chain([value]), pair.Now);
        var received = new List<byte>();
        pair.RunUntil(() => Read(pair.A, server, pair, received, bytes.Length));
        Assert.Equal(bytes, received);
        CloseBoth(pair, server, client);
    }

    [Theory]
    [InlineData(1024, 1500)]
    [InlineData(1500, 1500)]
    [InlineData(2048, 65_535)]
    [InlineData(70_000, 65_535)]
    public void Data_flows_through_tiny_buffers(int buffer, int mtu)
    {
        var pair = new TestPair(link: new LinkProperties(mtu)) { Delay = TimeSpan.FromMilliseconds(1) };
        var (server, client) = pair.Connect(
            new ConnectionOptions { ReceiveBufferSize = buffer, SendBufferSize = buffer });
        Exchange(pair, server, client, 100_000, TimeSpan.FromMinutes(2));
        Assert.Equal(0, server.Retransmissions + client.Retransmissions);
        CloseBoth(pair, server, client);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void A_slow_reader_closes_the_window_repeatedly_and_loses_nothing(int seed)
    {
        var random = new Random(seed);
        var pair = new TestPair { Carries = (_, _) => random.Next(50) != 0 };
        var (server, client) = pair.Connect(new ConnectionOptions { ReceiveBufferSize = 20_000 });
        var bytes = Pattern.Bytes(300_000);
        pair.B.Engine.Send(client, pair.B.Chain(bytes), pair.Now);
        var received = new List<byte>();
        while (received.Count < bytes.Length)
        {
            pair.Run(TimeSpan.FromMilliseconds(random.Next(1500)));
            Read(pair.A, server, pair, received, bytes.Length);
            Assert.True(pair.Now < new MonotonicTime(TimeSpan.TicksPerHour), "not in time");
        }

        Assert.Equal(bytes, received);
        Assert.True(pair.B.Engine.Counters[Counter.ZeroWindowProbes] > 0);
        CloseBoth(pair, server, client);
    }

    private static void Exchange(TestPair pair, Tcb server, Tcb client, int count, TimeSpan limit)
    {
        var (up, down) = (Pattern.Bytes(count), Pattern.Bytes(count + 1).AsSpan(1).ToArray());
        pair.B.Engine.Send(client, pair.B.Chain(up), pair.Now);
        pair.A.Engine.Send(server, pair.A.Chain(down), pair.Now);
        var (atServer, atClient) = (new List<byte>(), new List<byte>());
        pair.RunUntil(
            () => Read(pair.A, server, pair, atServer, count) & Read(pair.B, client, pair, atClient, count), limit);
        Assert.True(up.AsSpan().SequenceEqual(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(atServer)));
        Assert.True(down.AsSpan().SequenceEqual(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(atClient)));
    }

    private static bool Read(TestHost host, Tcb connection, TestPair pair, List<byte> received, int count)
    {
        var chain = host.Engine.Receive(connection);
        var bytes = 0;
        for (var block = chain; block is not null; block = block.NextBlock)
        {
            received.AddRange(block.Content);
            bytes += block.Length;
        }

        Block.ReleaseChain(chain);
        if (bytes > 0)
            host.Engine.Consumed(connection, bytes, pair.Now);
        return received.Count >= count;
    }

    private static void CloseBoth(TestPair pair, Tcb server, Tcb client, TimeSpan? limit = null)
    {
        pair.B.Engine.Shutdown(client, pair.Now);
        pair.A.Engine.Shutdown(server, pair.Now);
        pair.RunUntil(
            () => pair.A.Engine.ConnectionCount + pair.B.Engine.ConnectionCount == 0,
            limit ?? TimeSpan.FromMinutes(10));
        pair.Run(TimeSpan.FromMinutes(10));
        Assert.Equal((EngineError.None, EngineError.None), (server.Error, client.Error));
        Assert.Equal((0, 0), (pair.A.Pool.Rented, pair.B.Pool.Rented));
        Assert.Equal((0, 0), (pair.A.Engine.TimerCount, pair.B.Engine.TimerCount));
        Assert.Equal((0, 0), (pair.A.Engine.TimeWaitCount, pair.B.Engine.TimeWaitCount));
    }
}
