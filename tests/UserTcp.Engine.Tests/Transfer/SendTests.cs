using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Transfer;

/// <summary>SEND: what text goes out in, and what Nagle's algorithm holds back (RFC 9293 sections 3.7.4 and 3.9.1.2).</summary>
public class SendTests
{
    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-16"), Trait("RFC9293", "MUST-61")]
    public void Text_goes_out_in_segments_of_the_effective_mss_and_the_last_one_carries_psh(uint irs, uint iss)
    {
        var script = Isn.AcceptedNoDelay(irs, iss);
        script.Send(TransferTests.Octets(3000));
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
    public void The_effective_mss_is_the_least_of_what_peer_and_link_take(int? announced, int effective)
    {
        var script = Isn.Accepted(mss: (ushort?)announced, connection: new ConnectionOptions { NoDelay = true });
        script.Send(TransferTests.Octets(effective + 1));
        script.Expect(TcpFlags.Ack, seq: 1, length: effective);
        script.Expect(TcpFlags.Ack, seq: 1 + (uint)effective, length: 1);
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-60"), Trait("RFC9293", "SHLD-7")]
    public void A_small_write_leaves_at_once_and_further_ones_wait_for_its_acknowledgment(uint irs, uint iss)
    {
        var script = Isn.Accepted(irs, iss);
        script.Send("a");
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 1, data: "a");
        script.Send("b");
        script.Send("c");
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 2);
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 2, data: "bc");
    }

    [Fact, Trait("RFC9293", "SHLD-7")]
    public void Nagle_holds_back_no_full_sized_segment()
    {
        var script = Isn.Accepted();
        script.Send("a");
        script.Send(TransferTests.Octets(1459));
        script.Send("b");
        script.Expect(TcpFlags.Ack, seq: 1, length: 1);
        script.Expect(TcpFlags.Ack, seq: 2, length: 1460);
        script.ExpectNothing();
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-7")]
    public void The_end_of_a_write_does_not_wait_for_full_segments(uint irs, uint iss)
    {
        // A peer that acknowledges every second one would hold the ACK of the third back, and we the rest for it.
        var script = Isn.Accepted(irs, iss);
        script.Send(TransferTests.Octets((3 * 1460) + 100));
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
    public void Many_small_writes_that_have_to_wait_leave_in_full_segments(bool noDelay)
    {
        var script = Isn.Accepted(window: 0, connection: new ConnectionOptions { NoDelay = noDelay });
        for (var i = 0; i < 300; i++)
            script.Send(TransferTests.Octets(10));
        script.ExpectNothing();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        script.Expect(TcpFlags.Ack, seq: 1, length: 1460);
        script.Expect(TcpFlags.Ack, seq: 1461, length: 1460);
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 2921, length: 80);
        script.ExpectNothing();
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-28")]
    public void Of_a_long_text_only_the_last_segment_is_not_full(uint irs, uint iss)
    {
        var script = Isn.AcceptedNoDelay(irs, iss);
        const uint Mss = 1460;
        script.Send(TransferTests.Octets((100 * (int)Mss) + 7));
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
    public void A_retransmission_of_the_same_text_is_the_same_packet()
    {
        var script = Isn.AcceptedNoDelay();
        script.Send("again");
        var first = script.TakeRawFrame();
        script.PassMilliseconds(200);
        Assert.Equal(first, script.TakeRawFrame());
    }

    [Fact, Trait("RFC9293", "MUST-17")]
    public void Nagle_can_be_switched_off_for_one_connection_and_on_again()
    {
        var script = Isn.AcceptedNoDelay();
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
    public void Nagle_does_not_hold_back_the_last_text_before_fin()
    {
        var script = Isn.Accepted();
        script.Send("a");
        script.Send("b");
        script.Expect(TcpFlags.Ack, seq: 1, data: "a");
        script.Shutdown();
        script.Expect(TcpFlags.Ack | TcpFlags.Fin, seq: 2, data: "b");
    }

    [Fact, Trait("RFC9293", "MUST-58")]
    public void An_acknowledgment_that_waits_goes_with_the_next_text()
    {
        var script = Isn.Accepted();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "ping");
        script.PassMilliseconds(20);
        script.Send("pong");
        script.Expect(TcpFlags.Ack, seq: 1, ack: 5, data: "pong");
        script.Inject(TcpFlags.Ack, seq: 5, ack: 5);
        script.PassMilliseconds(1000);
        script.ExpectNothing();
    }

    [Fact]
    public void Text_given_before_the_handshake_is_complete_follows_it()
    {
        var script = new Script();
        script.Open();
        script.Send("early");
        script.ExpectNothing();
        script.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460 });
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1, data: "early");
    }
}
