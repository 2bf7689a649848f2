using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.PathMtu;

/// <summary>
/// Packetization-layer path MTU discovery on black holes, paths that drop large packets silently (RFC 4821).
/// </summary>
public class BlackHoleTests
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 400_000).Select(i => unchecked((byte)(i * 31 >> 3)))];

    public static TheoryData<string, int, int, bool> Holes => new()
    {
        { "4", 1000, 1, true },
        { "4", 1000, 20, true },
        { "4", 1000, 100, true },
        { "4", 1000, 20, false },
        { "4", 600, 20, true },
        { "4", 1499, 20, true },
        { "6", 1280, 20, true },
        { "6", 1400, 20, false },
    };

    [Theory]
    [MemberData(nameof(Holes))]
    [Trait("RFC", "4821 section 7.7")]
    [Trait("RFC", "8899 section 4.3")]
    [Trait("SynCookies", "never")]
    public void A_black_hole_is_detected_and_overcome_within_five_seconds(
        string family, int mtu, int roundTrip, bool sack)
    {
        var pair = Pair(family, PathMtuProbing.WhenBlackHole, sack);
        pair.Delay = TimeSpan.FromMilliseconds(roundTrip / 2.0);
        pair.Carries = (_, frame) => frame.Length <= mtu;
        var (server, client) = pair.Connect();
        var start = pair.Now;
        var first = pair.Transfer(pair.B, client, pair.A, server, Data[..20_000]);
        Assert.Equal(Data[..20_000], first);
        Assert.True(pair.Now - start < TimeSpan.FromSeconds(5), $"{pair.Now - start}");
        Assert.InRange(pair.B.Engine.Counters[Counter.PathMtuBlackHoles], 1, 2);
        Assert.Equal(Data, pair.Transfer(pair.B, client, pair.A, server, Data));

        // The search has converged near the path MTU.
        var mss = pair.B.Engine.GetSnapshot(client).SendMss;
        Assert.InRange(mss, mtu - Headers(family) - 12 - 8, mtu - Headers(family));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void Without_probing_a_black_hole_is_not_overcome(string family)
    {
        var pair = Pair(family, PathMtuProbing.Off, sack: true);
        pair.Carries = (_, frame) => frame.Length <= 1300;
        var (server, client) = pair.Connect();
        pair.B.Engine.Send(client, pair.B.Chain(Data), pair.Now);
        pair.Run(TimeSpan.FromSeconds(30));
        Assert.Empty(pair.A.ReadAll(server, pair.Now));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "4821 section 7.6")]
    [Trait("SynCookies", "never")]
    public void A_lost_MTU_probe_does_not_reduce_the_congestion_window(string family)
    {
        var pair = Pair(family, PathMtuProbing.Always, sack: true);
        pair.Carries = (_, frame) => frame.Length <= 1400;
        var (server, client) = pair.Connect();
        var probes = 0;
        for (var i = 0; i < 3; i++)
            Assert.Equal(Data, pair.Transfer(pair.B, client, pair.A, server, Data));
        probes += pair.B.Observations.Count(o => o.Reason == SegmentReason.MtuProbe);
        Assert.InRange(probes, 3, 20);
        var counters = pair.B.Engine.Counters;
        Assert.Equal((0, 0), (counters[Counter.FastRetransmits], counters[Counter.RetransmissionTimeouts]));
        Assert.InRange(pair.B.Engine.GetSnapshot(client).SendMss, 1400 - Headers(family) - 8, 1400 - Headers(family));
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    public void After_an_outage_the_first_MTU_probe_restores_the_MSS(string family)
    {
        var pair = Pair(family, PathMtuProbing.WhenBlackHole, sack: true);
        var (server, client) = pair.Connect();
        pair.Transfer(pair.B, client, pair.A, server, Data);
        var mss = pair.B.Engine.GetSnapshot(client).SendMss;
        var heals = pair.Now + TimeSpan.FromSeconds(5);
        pair.Carries = (_, _) => pair.Now >= heals;
        pair.B.Engine.Send(client, pair.B.Chain(Data.AsSpan(0, Data.Length - 1)), pair.Now);
        pair.Run(TimeSpan.FromSeconds(4.9));
        Assert.True(pair.B.Engine.GetSnapshot(client).SendMss < mss);
        pair.B.Engine.Send(client, pair.B.Chain(Data.AsSpan(Data.Length - 1)), pair.Now);
        var received = new List<byte>();
        pair.RunUntil(() =>
        {
            received.AddRange(pair.A.ReadAll(server, pair.Now));
            return received.Count == Data.Length;
        });
        Assert.Equal(Data, received);
        Assert.Equal(Data, pair.Transfer(pair.B, client, pair.A, server, Data));
        Assert.Equal(mss, pair.B.Engine.GetSnapshot(client).SendMss);
        Assert.Equal(1, pair.B.Observations.Count(o => o.Reason == SegmentReason.MtuProbe));
    }

    [Fact]
    [Trait("RFC", "1191 section 6.3")]
    [Trait("RFC", "4821 section 7.3")]
    public void Ten_minutes_later_the_MSS_rises_if_the_path_allows()
    {
        var pair = Pair("4", PathMtuProbing.WhenBlackHole, sack: true);
        pair.Carries = (_, frame) => frame.Length <= 1200;
        var (server, client) = pair.Connect();
        pair.Transfer(pair.B, client, pair.A, server, Data);
        pair.Transfer(pair.B, client, pair.A, server, Data);
        Assert.InRange(pair.B.Engine.GetSnapshot(client).SendMss, 1150, 1160);
        pair.Carries = (_, _) => true;
        pair.Transfer(pair.B, client, pair.A, server, Data);
        Assert.InRange(pair.B.Engine.GetSnapshot(client).SendMss, 1150, 1160);
        pair.Run(TimeSpan.FromMinutes(11));
        pair.Transfer(pair.B, client, pair.A, server, Data);
        pair.Transfer(pair.B, client, pair.A, server, Data);
        Assert.Equal(1460, pair.B.Engine.GetSnapshot(client).SendMss);
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    public void The_second_timeout_of_a_full_segment_retransmits_it_in_smaller_segments(
        string family, uint iss, uint irs)
    {
        var s = new Script(family: family, iss: iss, irs: irs);
        s.Accept();
        s.Send(new byte[20_000]);
        s.Drain();
        s.PassUntilSent(TimeSpan.FromSeconds(3));
        s.Expect(TcpFlags.Ack, seq: 1, length: 1500 - Headers(family));
        s.Drain();
        s.PassUntilSent(TimeSpan.FromSeconds(6));
        s.Expect(TcpFlags.Ack, seq: 1, length: (family == "4" ? 1024 : 1280) - Headers(family));
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "4821 section 7.6.1")]
    public void An_MTU_probe_retransmitted_in_smaller_segments_proves_nothing(string family, uint iss, uint irs)
    {
        var s = new Script(
            new EngineOptions { PathMtuProbing = PathMtuProbing.Always }, family: family, iss: iss, irs: irs);
        s.Accept();
        s.Send(new byte[50_000]);
        s.Expect(TcpFlags.Ack, seq: 1, length: 1500 - Headers(family));
        var small = s.Engine.GetSnapshot(s.Connection).SendMss;
        s.Drain();
        // The window closes over the probe; after it opens, the data is retransmitted in segments of the proven size.
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, window: 0);
        s.PassUntilSent(TimeSpan.FromSeconds(3));
        s.Drain();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        s.Expect(TcpFlags.Ack, seq: 1, length: small);
        s.Drain();
        s.Inject(TcpFlags.Ack, seq: 1, ack: unchecked((uint)(1 + (2 * small))));
        Assert.Equal(small, s.Engine.GetSnapshot(s.Connection).SendMss);
    }

    private static int Headers(string family) => family == "4" ? 40 : 60;

    private static TestPair Pair(string family, PathMtuProbing probing, bool sack)
    {
        var options = new EngineOptions { PathMtuProbing = probing, Sack = sack, Timestamps = false };
        return new TestPair(options, options, family: family);
    }
}
