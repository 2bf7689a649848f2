using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>An outage of several seconds in the middle of a transfer.</summary>
[Trait("RFC", "6298 section 5")]
public class OutageTests
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(5);

    public static MatrixTheoryData<int, int, bool, bool> Situations =>
        new([1, 20, 100], [1, 3, 5], [false, true], [false, true]);

    [Theory, MemberData(nameof(Situations))]
    public void The_transfer_continues_within_one_RTO_of_the_end_of_the_outage(
        int roundTrip, int roundTrips, bool bothWays, bool sack)
    {
        var options = new EngineOptions { Sack = sack, Timestamps = sack };
        var pair = new TestPair(options, options) { Delay = TimeSpan.FromMilliseconds(roundTrip / 2.0) };
        var (server, client) = pair.Connect();
        var bytes = new byte[2_000_000];
        new Random(roundTrips).NextBytes(bytes);
        var from = pair.Now + TimeSpan.FromMilliseconds(roundTrip * (roundTrips + 0.3));
        var to = from + Outage;
        pair.Carries = (host, _) => pair.Now < from || pair.Now >= to || (host == pair.A && !bothWays);

        pair.B.Engine.Send(client, pair.B.Chain(bytes), pair.Now);
        var received = new List<byte>();
        pair.RunUntil(() => Read() && pair.Now >= to, TimeSpan.FromMinutes(1));
        var before = received.Count;
        Assert.InRange(before, 1, bytes.Length - 1);
        var rto = client.Rtt.Rto(options);
        var healed = pair.Now;
        pair.RunUntil(() => Read() && received.Count > before);
        Assert.InRange(pair.Now - healed, TimeSpan.Zero, rto + TimeSpan.FromMilliseconds(roundTrip));
        pair.RunUntil(() => Read() && received.Count == bytes.Length);
        Assert.True(received.SequenceEqual(bytes));

        bool Read()
        {
            received.AddRange(pair.A.ReadAll(server, pair.Now));
            return true;
        }
    }
}
