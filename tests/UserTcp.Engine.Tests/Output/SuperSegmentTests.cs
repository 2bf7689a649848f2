using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>Super-segments: several segments in one frame, for a link with segmentation and receive offload.</summary>
public sealed class SuperSegmentTests
{
    private static readonly LinkProperties Offloading = new(
        LinkProperties.DefaultMtu, ChecksumOffload: true, SegmentationOffload: true);

    [Theory]
    [InlineData(uint.MaxValue - 3, "4")]
    [InlineData(int.MaxValue - 1, "6")]
    [Trait("SynCookies", "never")]
    public void Data_is_sent_in_whole_segments_up_to_the_windows(uint irs, string family)
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
        Assert.All(pair.A.SuperSegments, super => Assert.True(super.Length <= 45 * 1448));
        Assert.Equal(0, server.Retransmissions);
    }

    [Theory]
    [InlineData(false, 2000)]
    [InlineData(true, 2500)]
    [Trait("SynCookies", "never")]
    public void With_Nagle_a_partial_segment_is_not_part_of_a_super_segment(bool noDelay, int sent)
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
    public void The_peers_window_limits_a_frame_to_whole_segments()
    {
        var script = new Script(link: Offloading);
        script.Accept(window: 4700, mss: 1000);

        script.Send(new byte[50_000]);

        Assert.Equal([(4000, 1000)], script.Host.SuperSegments);
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void Retransmissions_are_one_segment_each()
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
    public void Urgent_data_is_sent_in_single_segments()
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
    public void A_coalesced_frame_is_acknowledged_at_once_and_received_without_a_copy()
    {
        var script = new Script(link: Offloading);
        script.Accept();
        script.InjectBytes(TcpFlags.Ack, seq: 1, ack: 1, new byte[1460]);
        script.ExpectNothing();
        var data = new byte[60_000];
        new Random(1).NextBytes(data);

        script.InjectBytes(TcpFlags.Ack, seq: 1461, ack: 1, data);

        script.Expect(TcpFlags.Ack, ack: 61_461);
        Assert.Equal(data, script.Host.ReadAll(script.Connection, script.Now)[1460..]);
    }

    [Theory]
    [InlineData("4", 1)]
    [InlineData("6", 2)]
    [InlineData("4", 3)]
    public void A_transfer_over_a_lossy_link_arrives_intact(string family, int seed)
    {
        var random = new Random(seed);
        var pair = new TestPair(link: Offloading, family: family) { Carries = (_, _) => random.Next(50) != 0 };
        var (server, client) = pair.Connect();
        var data = new byte[500_000];
        random.NextBytes(data);
        var received = new List<byte>();
        pair.A.Engine.Send(server, pair.A.Chain(data), pair.Now);

        pair.RunUntil(
            () =>
            {
                received.AddRange(pair.B.ReadAll(client, pair.Now));
                return received.Count == data.Length;
            },
            TimeSpan.FromHours(1));

        Assert.Equal(data, received);
        Assert.NotEmpty(pair.A.SuperSegments);
    }

    [Fact]
    public void Segmentation_offload_without_checksum_offload_is_refused() =>
        Assert.Throws<ArgumentException>(() =>
            new TestHost("198.18.0.2", link: new LinkProperties(1500, SegmentationOffload: true)));
}
