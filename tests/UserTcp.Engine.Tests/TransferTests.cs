using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests;

/// <summary>Whole connections between two engines.</summary>
public class TransferTests
{
    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void Data_flows_both_ways_and_the_close_ends_in_TIME_WAIT(string family)
    {
        var pair = new TestPair(family: family);
        var (server, client) = pair.Connect();
        var bytes = Pattern.Bytes(300_000);
        Assert.Equal(bytes, pair.Transfer(pair.B, client, pair.A, server, bytes));
        Assert.Equal(bytes, pair.Transfer(pair.A, server, pair.B, client, bytes));
        Assert.Equal(0, pair.A.Engine.Counters[Counter.SegmentsRetransmitted]
            + pair.B.Engine.Counters[Counter.SegmentsRetransmitted]);

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
    public void Data_survives_loss(int oneIn)
    {
        var pair = new TestPair();
        var random = 12345u;
        var lost = 0;
        pair.Carries = (_, _) =>
        {
            random = unchecked((random * 1664525) + 1013904223);
            var isLost = (random >> 16) % oneIn == 0;
            lost += isLost ? 1 : 0;
            return !isLost;
        };
        var (server, client) = pair.Connect();
        var bytes = Pattern.Bytes(200_000);
        Assert.Equal(bytes, pair.Transfer(pair.B, client, pair.A, server, bytes, TimeSpan.FromHours(2)));
        Assert.NotEqual(0, lost);
        Assert.NotEqual(0, pair.B.Engine.Counters[Counter.SegmentsRetransmitted]);
    }
}
