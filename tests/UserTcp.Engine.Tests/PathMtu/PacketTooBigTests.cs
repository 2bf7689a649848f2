using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.PathMtu;

/// <summary>Validation of ICMP "packet too big" (RFC 5927 section 7).</summary>
public class PacketTooBigTests
{
    private static readonly byte[] LongData = new byte[20_000];

    public static TheoryData<string, TcpState> States()
    {
        var data = new TheoryData<string, TcpState>();
        foreach (var family in new[] { "4", "6" })
        {
            foreach (var state in Enum.GetValues<TcpState>())
            {
                if (state is not (TcpState.Closed or TcpState.Listen))
                    data.Add(family, state);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(States))]
    [Trait("RFC", "5927 section 4.1")]
    public void Packet_too_big_about_a_segment_not_in_flight_changes_nothing_in_any_state(string family, TcpState state)
    {
        var s = Reached.State(state, family).Script;
        s.Drain();
        var before = s.Snapshot();
        foreach (var seq in new[] { uint.MaxValue, 1u << 31, 100_000u, 5000u })
            s.InjectFrame(TooBig(s, 1300, s.Segment(s.Host.Address, s.Peer, seq, data: 1400)));
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5927 section 7.2")]
    public void Packet_too_big_below_a_proven_size_waits_for_a_timeout_of_the_segment(string family, uint iss, uint irs)
    {
        var (s, mss) = Proven(family, iss, irs);
        s.InjectFrame(TooBig(s, 1300, s.LastSent));
        s.ExpectNothing();
        Assert.Equal(mss, s.Engine.GetSnapshot(s.Connection).SendMss);

        s.PassUntilSent(TimeSpan.FromSeconds(1));
        s.Expect(TcpFlags.Ack, seq: 1 + (uint)mss, length: 1300 - Headers(family));
        Assert.Equal(1300 - Headers(family), s.Engine.GetSnapshot(s.Connection).SendMss);
    }

    [Theory]
    [MemberData(nameof(Isn.FamilyPairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5927 section 7.2")]
    public void Packet_too_big_below_a_proven_size_is_dropped_once_the_segment_is_acknowledged(
        string family, uint iss, uint irs)
    {
        var (s, mss) = Proven(family, iss, irs);
        s.InjectFrame(TooBig(s, 1300, s.LastSent));
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1 + (2 * (uint)mss));
        s.Drain();
        s.PassUntilSent(TimeSpan.FromSeconds(1));
        Assert.Equal(mss, s.Engine.GetSnapshot(s.Connection).SendMss);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "5927 section 7")]
    public void A_quoted_packet_that_we_cannot_have_sent_is_ignored(string family)
    {
        var s = new Script(family: family);
        s.Accept();
        s.Send(new byte[600]);
        s.Drain();
        var before = s.Snapshot();
        // The first reaches beyond SND.NXT, the second exceeds the MTU of the link.
        s.InjectFrame(TooBig(s, 1300, s.Segment(s.Host.Address, s.Peer, seq: 1, data: 1400)));
        s.InjectFrame(TooBig(s, 1300, s.Segment(s.Host.Address, s.Peer, seq: 1, data: 2000)));
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        Assert.Equal(2, s.Count(Counter.DroppedIcmp));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1000u)]
    [InlineData(1279u)]
    [Trait("RFC", "8201 section 4")]
    public void An_MTU_below_the_IPv6_minimum_is_ignored(uint mtu)
    {
        var s = new Script(family: "6");
        s.Accept();
        s.Send(LongData);
        s.Drain();
        var before = s.Snapshot();
        s.InjectFrame(TooBig(s, mtu, s.Segment(s.Host.Address, s.Peer, seq: 1, data: 1440)));
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
    }

    private static int Headers(string family) => family == "4" ? 40 : 60;

    /// <summary>A full-sized segment is acknowledged and others are in flight; LastSent is the first of them.</summary>
    private static (Script Script, int Mss) Proven(string family, uint iss, uint irs)
    {
        var mss = 1500 - Headers(family);
        var s = new Script(family: family, iss: iss, irs: irs);
        s.Accept();
        s.Send(LongData);
        s.DequeueFrame();
        var second = s.DequeueFrame();
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1 + (uint)mss);
        s.Drain();
        s.LastSent = second;
        return (s, mss);
    }

    private static byte[] TooBig(Script s, uint mtu, byte[] quoted)
    {
        var (type, code) = s.Peer.IsIPv4 ? ((byte)3, (byte)4) : ((byte)2, (byte)0);
        return Frames.Icmp(s.Peer, s.Host.Address, type, code, mtu, quoted.AsSpan(0, Math.Min(quoted.Length, 500)));
    }
}
