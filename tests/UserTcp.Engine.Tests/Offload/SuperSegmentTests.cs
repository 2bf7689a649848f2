using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Offload;

/// <summary>Several segments in one frame, for a link that cuts them and puts them together.</summary>
public sealed class SuperSegmentTests
{
    private static readonly LinkProperties Offloading = new(LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true);

    [Theory]
    [InlineData(uint.MaxValue - 3, "4")]
    [InlineData(int.MaxValue - 1, "6")]
    [Trait("SynCookies", "never")]
    public void Text_leaves_in_whole_segments_as_far_as_the_windows_reach(uint irs, string family)
    {
        var script = new Script(irs: irs, family: family, link: Offloading);
        script.Accept(mss: 1000);

        script.Send(new byte[50_000]);

        // The initial window of RFC 6928: ten segments.
        Assert.Equal([(10_000, 1000)], script.Host.SuperSegments);
        for (uint segment = 0; segment < 10; segment++)
            script.Expect(TcpFlags.Ack, seq: 1 + (segment * 1000), ack: 1, length: 1000);
        script.ExpectNothing();
    }

    [Fact]
    public void A_frame_holds_as_many_whole_segments_as_an_IP_packet_can()
    {
        var pair = new TestPair(link: Offloading);
        var (server, client) = pair.Connect();
        pair.A.Engine.Send(server, pair.A.Chain(new byte[900_000]), pair.Now);
        pair.RunUntil(() => client.Active.Rcv.Held >= 900_000);

        Assert.Contains((45 * 1448, 1448), pair.A.SuperSegments);
        Assert.All(pair.A.SuperSegments, super => Assert.True(super.Text <= 45 * 1448));
        Assert.Equal(0, server.Retransmissions);
    }

    [Theory]
    [InlineData(false, 2000)]
    [InlineData(true, 2500)]
    [Trait("SynCookies", "never")]
    public void What_is_less_than_a_segment_waits_for_another_such_one_with_Nagle(bool noDelay, int sent)
    {
        var script = new Script(link: Offloading);
        script.Accept(mss: 1000, options: new ConnectionOptions { NoDelay = noDelay });

        script.Send(new byte[2500]);
        script.Send(new byte[2500]);

        Assert.Equal([(2500, 1000), (sent, 1000)], script.Host.SuperSegments);
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void FIN_and_PSH_are_on_the_last_segment_only()
    {
        var script = new Script(link: Offloading);
        script.Accept(mss: 1000);
        script.Engine.Send(script.Connection, script.Host.Chain(new byte[2500]), script.Now);
        script.Shutdown();

        Assert.Equal(TcpFlags.Ack, script.Expect(TcpFlags.Ack, seq: 1, length: 1000).Header.Flags);
        Assert.Equal(TcpFlags.Ack, script.Expect(TcpFlags.Ack, seq: 1001, length: 1000).Header.Flags);
        script.Expect(TcpFlags.Fin | TcpFlags.Psh | TcpFlags.Ack, seq: 2001, length: 500);
        Assert.Single(script.Host.SuperSegments);
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void The_peers_window_cuts_a_frame_at_a_segment()
    {
        var script = new Script(link: Offloading);
        script.Accept(window: 4700, mss: 1000);

        script.Send(new byte[50_000]);

        Assert.Equal([(4000, 1000)], script.Host.SuperSegments);
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void What_is_lost_goes_out_again_a_segment_at_a_time()
    {
        var script = new Script(link: Offloading);
        script.Accept(mss: 1000);
        script.Send(new byte[10_000]);
        script.Drain();
        script.Host.SuperSegments.Clear();

        script.PassUntilSent(TimeSpan.FromSeconds(2));

        script.Expect(TcpFlags.Ack, seq: 1, length: 1000);
        Assert.Empty(script.Host.SuperSegments);
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void Urgent_text_keeps_segments_apart()
    {
        var script = new Script(link: Offloading);
        script.Accept(mss: 1000);
        script.Engine.Send(script.Connection, script.Host.Chain(new byte[3000]), script.Now);
        script.Engine.SetUrgent(script.Connection, script.Now);

        Assert.Equal(3000, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1, length: 1000).Header.UrgentPointer);
        Assert.Equal(2000, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1001, length: 1000).Header.UrgentPointer);
        Assert.Empty(script.Host.SuperSegments);
    }

    [Fact]
    [Trait("RFC9293", "SHLD-19")]
    public void A_frame_put_together_by_the_link_is_acknowledged_at_once_and_read_where_it_lies()
    {
        var script = new Script(link: Offloading);
        script.Accept();
        script.InjectBytes(TcpFlags.Ack, seq: 1, ack: 1, new byte[1460]);
        script.ExpectNothing();
        var text = new byte[60_000];
        new Random(1).NextBytes(text);

        script.InjectBytes(TcpFlags.Ack, seq: 1461, ack: 1, text);

        script.Expect(TcpFlags.Ack, ack: 61_461);
        Assert.Equal(text, script.Host.ReadAll(script.Connection, script.Now)[1460..]);
    }

    [Theory]
    [InlineData("4", 1)]
    [InlineData("6", 2)]
    [InlineData("4", 3)]
    public void Whole_transfers_over_a_bad_link_are_the_same_as_without(string family, int seed)
    {
        var random = new Random(seed);
        var pair = new TestPair(link: Offloading, family: family) { Carries = (_, _) => random.Next(50) != 0 };
        var (server, client) = pair.Connect();
        var text = new byte[500_000];
        random.NextBytes(text);
        var received = new List<byte>();
        pair.A.Engine.Send(server, pair.A.Chain(text), pair.Now);

        pair.RunUntil(
            () =>
            {
                received.AddRange(pair.B.ReadAll(client, pair.Now));
                return received.Count == text.Length;
            },
            TimeSpan.FromHours(1));

        Assert.Equal(text, received);
        Assert.NotEmpty(pair.A.SuperSegments);
    }

    [Fact]
    public void Cutting_without_the_checksums_is_refused() =>
        Assert.Throws<ArgumentException>(() => new TestHost("198.18.0.2", link: new LinkProperties(1500, SegmentationOffload: true)));
}
