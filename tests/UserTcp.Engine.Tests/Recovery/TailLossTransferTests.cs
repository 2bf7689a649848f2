using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>Transfers between two engines whose last segments are lost: no later segment reveals the loss.</summary>
[Trait("RFC", "8985 section 7")]
public class TailLossTransferTests
{
    private const int Transfers = 1000;
    private const int PerConnection = 50;

    [Fact]
    public void Nearly_all_of_a_thousand_lost_tails_are_repaired_without_a_timeout()
    {
        // A probe with new data belongs to the tail and is lost as well.
        Assert.InRange(Timeouts(LossDetectionMethod.Rack), 0, Transfers / 20);
        // Without probes each transfer has a timeout.
        Assert.InRange(Timeouts(LossDetectionMethod.Sack), Transfers * 9 / 10, int.MaxValue);
    }

    private static int Timeouts(LossDetectionMethod method) =>
        Enumerable.Range(0, Transfers / PerConnection).AsParallel().Sum(connection => TimeoutsOf(method, connection));

    /// <summary>
    /// Fifty transfers of 2 to 21 segments and a remainder over one connection; the last one to three of each are lost
    /// once.
    /// </summary>
    private static int TimeoutsOf(LossDetectionMethod method, int number)
    {
        var options = new EngineOptions { LossDetection = method };
        var pair = new TestPair(options, options)
        {
            Delay = TimeSpan.FromMilliseconds(new[] { 0.5, 10, 50 }[number % 3]),
        };
        var (server, client) = pair.Connect();
        var (sent, loseFrom, segments) = (0, 0, 0);
        pair.Carries = (host, frame) => host != pair.B || frame.Length < 60 || sent++ < loseFrom || sent > segments;
        for (var i = 0; i < PerConnection; i++)
        {
            var bytes = Bytes(number, (2 + ((number + i) % 20)) * 1448 + (i % 2 * 700));
            (sent, segments) = (0, (bytes.Length + 1447) / 1448);
            loseFrom = segments - 1 - (i % Math.Min(3, segments - 1));
            Assert.Equal(bytes, pair.Transfer(pair.B, client, pair.A, server, bytes));
            pair.Run(TimeSpan.FromSeconds(1));
        }

        return (int)pair.B.Engine.Counters[Counter.RetransmissionTimeouts];
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
