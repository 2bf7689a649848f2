using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Icmp;

/// <summary>ICMP errors that quote our segments (RFC 9293 section 3.9.2.2, RFC 5927).</summary>
public class QuotedErrorTests
{
    private static readonly byte[] LongData = new byte[20_000];
    private static readonly (byte Type, byte Code)[] ErrorsV4 = [(3, 3), (3, 4), (11, 0), (3, 1)];
    private static readonly (byte Type, byte Code)[] ErrorsV6 = [(1, 4), (2, 0), (3, 0), (1, 0)];

    /// <summary>Family, type, code, and the reported soft error.</summary>
    public static TheoryData<string, byte, byte, EngineError> SoftErrors => new()
    {
        { "4", 3, 0, EngineError.NetworkUnreachable },
        { "4", 3, 1, EngineError.HostUnreachable },
        { "4", 3, 5, EngineError.HostUnreachable },
        { "4", 3, 13, EngineError.HostUnreachable },
        { "4", 11, 0, EngineError.HostUnreachable },
        { "4", 11, 1, EngineError.HostUnreachable },
        { "4", 12, 0, EngineError.HostUnreachable },
        { "6", 1, 0, EngineError.NetworkUnreachable },
        { "6", 1, 3, EngineError.HostUnreachable },
        { "6", 3, 0, EngineError.HostUnreachable },
        { "6", 4, 1, EngineError.HostUnreachable },
    };

    /// <summary>Family, type, code.</summary>
    public static TheoryData<string, byte, byte> HardErrors => new()
    {
        { "4", 3, 2 },
        { "4", 3, 3 },
        { "6", 1, 1 },
        { "6", 1, 4 },
    };

    [Theory]
    [MemberData(nameof(SoftErrors))]
    [Trait("RFC9293", "MUST-54")]
    [Trait("RFC9293", "MUST-56")]
    [Trait("RFC9293", "MUST-47")]
    [Trait("RFC9293", "SHLD-25")]
    [Trait("RFC", "1122 section 4.2.3.9")]
    public void A_soft_error_is_reported_and_ends_nothing(string family, byte type, byte code, EngineError error)
    {
        foreach (var s in new[] { Sending(family), Opening(family) })
        {
            var state = s.State;
            s.InjectFrame(Error(s, type, code, 0, s.LastSent));
            Assert.Equal((state, error, EngineError.None), (s.State, s.Connection.SoftError, s.Connection.Error));
            Assert.True(s.EventsSoFar().HasFlag(EngineEvents.SoftError));
            s.ExpectNothing();
        }
    }

    [Theory]
    [MemberData(nameof(HardErrors))]
    [Trait("RFC9293", "MUST-54")]
    [Trait("RFC9293", "SHLD-26")]
    [Trait("RFC", "5461 section 4.1")]
    [Trait("RFC", "5927 section 5.2")]
    public void A_hard_error_ends_an_open_and_no_connection(string family, byte type, byte code)
    {
        var s = Opening(family);
        s.InjectFrame(Error(s, type, code, 0, s.LastSent));
        Assert.Equal((TcpState.Closed, EngineError.ConnectionRefused), (s.State, s.Connection.Error));
        s.AssertNothingLeft();

        s = Sending(family);
        s.InjectFrame(Error(s, type, code, 0, s.LastSent));
        Assert.Equal((TcpState.Established, EngineError.HostUnreachable), (s.State, s.Connection.SoftError));

        s = Sending(family, isActive: true);
        s.InjectFrame(Error(s, type, code, 0, s.LastSent));
        Assert.Equal((TcpState.Established, EngineError.HostUnreachable), (s.State, s.Connection.SoftError));

        s = Reached.State(TcpState.SynReceived, family).Script;
        s.InjectFrame(Error(s, type, code, 0, s.LastSent));
        Assert.Equal(TcpState.SynReceived, s.State);
    }

    [Fact]
    public void An_OPEN_that_times_out_reports_the_soft_error()
    {
        var s = Opening("4");
        s.InjectFrame(Error(s, 3, 1, 0, s.LastSent));
        s.Pass(TimeSpan.FromMinutes(5));
        s.Drain();
        Assert.Equal(EngineError.HostUnreachable, s.Connection.Error);
    }

    [Theory]
    [InlineData("4", 1000u, 960)]
    [InlineData("4", 1499u, 1459)]
    [InlineData("4", 100u, 512)]
    [InlineData("4", 0u, 512)]
    [InlineData("6", 1300u, 1240)]
    [InlineData("6", 1280u, 1220)]
    [Trait("RFC", "1191 section 6.4")]
    [Trait("RFC", "8201 section 4")]
    public void Packet_too_big_retransmits_the_flight_at_once_in_smaller_segments(string family, uint mtu, int mss)
    {
        var s = Sending(family);
        var (type, code) = family == "4" ? ((byte)3, (byte)4) : ((byte)2, (byte)0);
        var window = s.Engine.GetSnapshot(s.Connection).SlowStartThreshold;
        s.InjectFrame(Error(s, type, code, mtu, s.LastSent));
        s.Expect(TcpFlags.Ack, seq: 1, length: mss);
        Assert.Equal(mss, s.Engine.GetSnapshot(s.Connection).SendMss);
        Assert.Equal(window, s.Engine.GetSnapshot(s.Connection).SlowStartThreshold);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "5927 section 7")]
    public void Packet_too_big_is_ignored_unless_below_the_MTU_and_the_quoted_length(string family)
    {
        var s = Sending(family);
        var before = s.Snapshot();
        var (type, code) = family == "4" ? ((byte)3, (byte)4) : ((byte)2, (byte)0);
        foreach (var mtu in new uint[] { 1500, 1501, 9000, 65_535 })
            s.InjectFrame(Error(s, type, code, mtu, s.LastSent));
        var small = s.Segment(s.Host.Address, s.Peer, seq: 1, data: 100);
        s.InjectFrame(Error(s, type, code, 1300, small));
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC9293", "MUST-54")]
    [Trait("RFC", "5927 section 4.1")]
    public void An_error_that_quotes_a_segment_not_in_flight_is_ignored(string family)
    {
        var s = Sending(family);
        var before = s.Snapshot();
        var flight = (uint)(s.Engine.GetSnapshot(s.Connection).SndNxt - 1);
        var messages = 0;
        foreach (var seq in new[] { 0u, 1 + flight, 1 + flight + 100_000, 1u << 31 })
        {
            var quoted = s.Segment(s.Host.Address, s.Peer, seq, data: 1400);
            foreach (var (type, code) in family == "4" ? ErrorsV4 : ErrorsV6)
            {
                s.InjectFrame(Error(s, type, code, 1300, quoted));
                messages++;
            }
        }

        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        Assert.Equal(messages, s.Count(Counter.DroppedIcmp));
    }

    [Fact]
    [Trait("RFC9293", "MUST-55")]
    public void Source_quench_is_dropped()
    {
        var s = Sending("4");
        var before = s.Snapshot();
        s.InjectFrame(Error(s, IcmpV4.SourceQuench, 0, 0, s.LastSent));
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
        Assert.Equal(1, s.Count(Counter.DroppedIcmp));
    }

    [Theory]
    [InlineData("4", 28)]
    [InlineData("6", 48)]
    public void Eight_bytes_of_TCP_are_required(string family, int length)
    {
        var (type, code) = family == "4" ? ((byte)3, (byte)3) : ((byte)1, (byte)4);
        var s = Opening(family);
        s.InjectFrame(Error(s, type, code, 0, s.LastSent[..(length - 1)]));
        Assert.Equal(TcpState.SynSent, s.State);
        s.InjectFrame(Error(s, type, code, 0, s.LastSent[..length]));
        Assert.Equal(EngineError.ConnectionRefused, s.Connection.Error);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("6")]
    [Trait("RFC", "1191 section 6.4")]
    [Trait("RFC", "8201 section 4")]
    public void Packet_too_big_never_raises_the_MSS(string family)
    {
        var (type, code) = family == "4" ? ((byte)3, (byte)4) : ((byte)2, (byte)0);
        var s = new Script(family: family, iss: Isn.BeforeWrap, irs: Isn.BeforeHalf);
        s.Accept(mss: 1000);
        s.Send(LongData);
        s.Drain();
        var before = s.Snapshot();
        s.InjectFrame(Error(s, type, code, 1400, s.Segment(s.Host.Address, s.Peer, seq: 1, data: 1440)));
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());

        s = Opening(family);
        before = s.Snapshot();
        s.InjectFrame(Error(s, type, code, 1300, s.Segment(s.Host.Address, s.Peer, seq: 0, data: 1440)));
        s.ExpectNothing();
        Assert.Equal(before, s.Snapshot());
    }

    [Theory]
    [InlineData("4", 3, 3)]
    [InlineData("6", 1, 4)]
    public void An_error_about_another_protocol_is_ignored(string family, byte type, byte code)
    {
        var s = Opening(family);
        var udp = s.LastSent.ToArray();
        udp[family == "4" ? 9 : 6] = (byte)IpProtocol.Udp;
        s.InjectFrame(Error(s, type, code, 0, udp));
        Assert.Equal((TcpState.SynSent, EngineError.None), (s.State, s.Connection.SoftError));
        Assert.Equal(1, s.Count(Counter.DroppedIcmp));
    }

    [Theory]
    [InlineData("4", 552u)]
    [InlineData("6", 1280u)]
    [Trait("RFC", "5927 section 7")]
    public void A_flood_of_decreasing_MTUs_retransmits_once_per_round_trip(string family, uint min)
    {
        var (type, code) = family == "4" ? ((byte)3, (byte)4) : ((byte)2, (byte)0);
        var s = Sending(family);
        var quoted = s.LastSent;
        for (var mtu = 1499u; mtu >= min; mtu--)
            s.InjectFrame(Error(s, type, code, mtu, quoted));

        Assert.InRange(s.Drain(), 1, 20);
        Assert.Equal((int)min - (family == "4" ? 40 : 60), s.Engine.GetSnapshot(s.Connection).SendMss);

        // The retransmission timer repairs the rest.
        s.Pass(TimeSpan.FromSeconds(3));
        s.Expect(TcpFlags.Ack, seq: 1, length: (int)min - (family == "4" ? 40 : 60));
    }

    private static Script Opening(string family)
    {
        var s = new Script(family: family, iss: Isn.BeforeHalf);
        s.Open();
        return s;
    }

    private static Script Sending(string family, bool isActive = false)
    {
        var s = new Script(family: family);
        if (isActive)
            s.Connect();
        else
            s.Accept();
        s.Send(LongData);
        var first = s.DequeueFrame();
        s.Drain();
        s.LastSent = first;
        return s;
    }

    private static byte[] Error(Script s, byte type, byte code, uint rest, byte[] quoted) =>
        Frames.Icmp(s.Peer, s.Host.Address, type, code, rest, quoted.AsSpan(0, Math.Min(quoted.Length, 500)));
}
