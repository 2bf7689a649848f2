using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests;

/// <summary>Whole conversations between two engines.</summary>
public class TransferTests
{
    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void Text_flows_both_ways_and_the_close_ends_in_time_wait(string family)
    {
        var pair = new TestPair(family: family);
        var (server, client) = pair.Connect();
        var octets = Octets(300_000);
        Assert.Equal(octets, pair.Transfer(pair.B, client, pair.A, server, octets));
        Assert.Equal(octets, pair.Transfer(pair.A, server, pair.B, client, octets));
        Assert.Equal(0, pair.A.Engine.Counters[Counter.SegmentsRetransmitted] + pair.B.Engine.Counters[Counter.SegmentsRetransmitted]);

        pair.B.Engine.Close(client, pair.Now);
        pair.RunUntil(() => server.State == TcpState.CloseWait);
        pair.A.Engine.Close(server, pair.Now);
        pair.RunUntil(() => server.State == TcpState.Closed);
        Assert.Equal((1, 0), (pair.B.Engine.TimeWaitCount, pair.B.Engine.ConnectionCount));
        pair.Run(TimeSpan.FromSeconds(61));
        Assert.Equal(0, pair.B.Engine.TimeWaitCount);
        Assert.Equal((0, 0), (pair.A.Pool.Rented, pair.B.Pool.Rented));
        Assert.Equal((0, 0), (pair.A.Engine.TimerCount, pair.B.Engine.TimerCount));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(50)]
    public void Text_survives_loss(int one_in)
    {
        var pair = new TestPair();
        var random = 12345u;
        pair.Carries = (_, _) => (random = unchecked((random * 1664525) + 1013904223)) >> 8 % 32 == 0 || (random >> 16) % one_in != 0;
        var (server, client) = pair.Connect();
        var octets = Octets(200_000);
        Assert.Equal(octets, pair.Transfer(pair.B, client, pair.A, server, octets, TimeSpan.FromHours(2)));
    }

    internal static byte[] Octets(int count)
    {
        var octets = new byte[count];
        for (var i = 0; i < count; i++)
            octets[i] = unchecked((byte)((i * 31) ^ (i >> 8)));
        return octets;
    }
}
