using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>A path that carries nothing for some seconds in the middle of a transfer.</summary>
[Trait("RFC", "6298 section 5")]
public class OutageTests
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(5);

    public static MatrixTheoryData<int, int, bool, bool> Situations => new([1, 20, 100], [1, 3, 5], [false, true], [false, true]);

    [Theory, MemberData(nameof(Situations))]
    public void Within_one_timeout_of_its_end_the_transfer_goes_on_and_nothing_is_lost(int roundTrip, int roundTrips, bool bothWays, bool sack)
    {
        var options = new EngineOptions { Sack = sack, Timestamps = sack };
        var pair = new TestPair(options, options) { Delay = TimeSpan.FromMilliseconds(roundTrip / 2.0) };
        var (server, client) = pair.Connect();
        var octets = new byte[2_000_000];
        new Random(roundTrips).NextBytes(octets);
        var from = pair.Now + TimeSpan.FromMilliseconds(roundTrip * (roundTrips + 0.3));
        var to = from + Outage;
        pair.Carries = (host, _) => pair.Now < from || pair.Now >= to || (host == pair.A && !bothWays);

        pair.B.Engine.Send(client, pair.B.Chain(octets), pair.Now);
        var received = new List<byte>();
        pair.RunUntil(() => Read() && pair.Now >= to, TimeSpan.FromMinutes(1));
        var before = received.Count;
        Assert.InRange(before, 1, octets.Length - 1);
        var rto = client.Rtt.Rto(options);
        var healed = pair.Now;
        pair.RunUntil(() => Read() && received.Count > before);
        Assert.InRange(pair.Now - healed, TimeSpan.Zero, rto + TimeSpan.FromMilliseconds(roundTrip));
        pair.RunUntil(() => Read() && received.Count == octets.Length);
        Assert.True(received.SequenceEqual(octets));

        bool Read()
        {
            received.AddRange(pair.A.ReadAll(server, pair.Now));
            return true;
        }
    }
}
