using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>SEND: segmentation and Nagle's algorithm (RFC 9293 sections 3.7.4 and 3.9.1.2).</summary>
public class SendTests
{
    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-16"), Trait("RFC9293", "MUST-61")]
    public void Data_is_sent_in_segments_of_the_effective_MSS_and_the_last_has_PSH(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send(Pattern.Bytes(3000));
        Assert.Equal(TcpFlags.Ack, script.Expect(TcpFlags.Ack, seq: 1, ack: 1, length: 1460).Header.Flags);
        Assert.Equal(TcpFlags.Ack, script.Expect(TcpFlags.Ack, seq: 1461, ack: 1, length: 1460).Header.Flags);
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 2921, ack: 1, length: 80);
        script.ExpectNothing();
    }

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(1460, 1460)]
    [InlineData(9000, 1460)]
    [InlineData(null, 536)]
    [InlineData(1, 48)]
    [Trait("RFC9293", "MUST-15"), Trait("RFC9293", "MUST-16")]
    public void The_effective_MSS_is_the_min_of_the_peers_and_the_links(int? announced, int effective)
    {
        var script = Script.Established(mss: (ushort?)announced, connection: new ConnectionOptions { NoDelay = true });
        script.Send(Pattern.Bytes(effective + 1));
        script.Expect(TcpFlags.Ack, seq: 1, length: effective);
        script.Expect(TcpFlags.Ack, seq: 1 + (uint)effective, length: 1);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-60"), Trait("RFC9293", "SHLD-7")]
    public void A_small_write_is_sent_at_once_and_further_ones_wait_for_its_ACK(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Send("a");
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 1, data: "a");
        script.Send("b");
        script.Send("c");
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 2);
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 2, data: "bc");
    }

    [Fact, Trait("RFC9293", "SHLD-7")]
    public void Nagle_delays_no_full_sized_segment()
    {
        var script = Script.Established();
        script.Send("a");
        script.Send(Pattern.Bytes(1459));
        script.Send("b");
        script.Expect(TcpFlags.Ack, seq: 1, length: 1);
        script.Expect(TcpFlags.Ack, seq: 2, length: 1460);
        script.ExpectNothing();
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-7")]
    public void The_end_of_a_write_is_not_delayed_by_full_segments_in_flight(uint irs, uint iss)
    {
        // The peer delays the ACK of the third segment; waiting for that ACK would delay the rest of the write.
        var script = Script.Established(irs, iss);
        script.Send(Pattern.Bytes((3 * 1460) + 100));
        script.Expect(TcpFlags.Ack, seq: 1, length: 1460);
        script.Expect(TcpFlags.Ack, seq: 1461, length: 1460);
        script.Expect(TcpFlags.Ack, seq: 2921, length: 1460);
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 4381, length: 100);
        script.Send("small");
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 4381);
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 4481);
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 4481, data: "small");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("RFC9293", "SHLD-27"), Trait("RFC9293", "SHLD-28")]
    public void Many_delayed_small_writes_are_sent_in_full_segments(bool noDelay)
    {
        var script = Script.Established(window: 0, connection: new ConnectionOptions { NoDelay = noDelay });
        for (var i = 0; i < 300; i++)
            script.Send(Pattern.Bytes(10));
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        script.Expect(TcpFlags.Ack, seq: 1, length: 1460);
        script.Expect(TcpFlags.Ack, seq: 1461, length: 1460);
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 2921, length: 80);
        script.ExpectNothing();
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-28")]
    public void Only_the_last_segment_of_a_long_write_is_not_full(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        const uint Mss = 1460;
        script.Send(Pattern.Bytes((100 * (int)Mss) + 7));
        for (uint i = 0; i < 100; i++)
        {
            script.Expect(TcpFlags.Ack, seq: 1 + (i * Mss), length: (int)Mss);
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + ((i + 1) * Mss));
        }

        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 1 + (100 * Mss), length: 7);
        script.ExpectNothing();
    }

    [Fact, Trait("RFC9293", "MAY-4")]
    [Trait("SynCookies", "never")]
    public void A_retransmission_of_the_same_data_is_the_same_packet()
    {
        var script = Script.Established(noDelay: true);
        script.Send("again");
        var first = script.DequeueFrame();
        script.PassMilliseconds(200);
        Assert.Equal(first, script.DequeueFrame());
    }

    [Fact, Trait("RFC9293", "MUST-17")]
    public void Nagle_can_be_switched_off_for_one_connection_and_on_again()
    {
        var script = Script.Established(noDelay: true);
        script.Send("a");
        script.Send("b");
        script.Expect(TcpFlags.Ack, seq: 1, data: "a");
        script.Expect(TcpFlags.Ack, seq: 2, data: "b");
        script.Engine.SetOptions(script.Connection, new ConnectionOptions { NoDelay = false }, script.Now);
        script.Send("c");
        script.ExpectNothing();
        script.Engine.SetOptions(script.Connection, new ConnectionOptions { NoDelay = true }, script.Now);
        script.Expect(TcpFlags.Ack, seq: 3, data: "c");
    }

    [Fact]
    public void Nagle_does_not_delay_the_last_data_before_a_FIN()
    {
        var script = Script.Established();
        script.Send("a");
        script.Send("b");
        script.Expect(TcpFlags.Ack, seq: 1, data: "a");
        script.Shutdown();
        script.Expect(TcpFlags.Ack | TcpFlags.Fin, seq: 2, data: "b");
    }

    [Fact, Trait("RFC9293", "MUST-58")]
    public void A_delayed_ACK_is_sent_with_the_next_data()
    {
        var script = Script.Established();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "ping");
        script.PassMilliseconds(20);
        script.Send("pong");
        script.Expect(TcpFlags.Ack, seq: 1, ack: 5, data: "pong");
        script.Inject(TcpFlags.Ack, seq: 5, ack: 5);
        script.PassMilliseconds(1000);
        script.ExpectNothing();
    }

    [Fact]
    public void Data_sent_before_the_handshake_is_complete_follows_it()
    {
        var script = new Script();
        script.Open();
        script.Send("early");
        script.ExpectNothing();
        script.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460 });
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1, data: "early");
    }
}
