using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>
/// Received data: in order, duplicate, overlapping, out of order (RFC 9293 section 3.10.7.4, seventh step).
/// </summary>
public class ReceiveTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC", "5681 section 4.2")]
    public void A_FIN_after_a_gap_draws_a_duplicate_ACK_and_counts_when_the_gap_is_filled(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(TcpFlags.Fin | Ack, seq: 4, ack: 1);
        script.Expect(Ack, seq: 1, ack: 1, length: 0);
        script.ExpectNothing();
        script.Inject(Ack, seq: 1, ack: 1, data: "abc");
        script.Expect(Ack, seq: 1, ack: 5);
        Assert.Equal((TcpState.CloseWait, "abc"), (script.State, script.Read()));
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Data_is_delivered_with_any_PSH_flag(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(Ack, seq: 1, ack: 1, data: "abc");
        script.Inject(Ack | TcpFlags.Psh, seq: 4, ack: 1, data: "def");
        Assert.True(script.EventsSoFar().HasFlag(EngineEvents.Readable));
        Assert.Equal("abcdef", script.Read());
        Assert.Equal("", script.Read());
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Duplicate_data_is_acknowledged_at_once_and_not_delivered_twice(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(Ack, seq: 1, ack: 1, data: "abcdef");
        script.PassMilliseconds(50);
        script.Expect(Ack, ack: 7);
        script.Inject(Ack, seq: 1, ack: 1, data: "ABCDEF");
        script.Expect(Ack, seq: 1, ack: 7, length: 0);
        script.Inject(Ack, seq: 3, ack: 1, data: "CD");
        script.Expect(Ack, seq: 1, ack: 7, length: 0);
        Assert.Equal("abcdef", script.Read());
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Only_the_new_bytes_of_an_overlapping_segment_are_delivered(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(Ack, seq: 1, ack: 1, data: "abcdef");
        script.Inject(Ack, seq: 4, ack: 1, data: "DEFghi");
        script.PassMilliseconds(50);
        script.Expect(Ack, ack: 10);
        Assert.Equal("abcdefghi", script.Read());
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Data_beyond_the_window_is_trimmed_with_its_FIN(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, connection: new ConnectionOptions { ReceiveBufferSize = 1000 });
        script.InjectBytes(Ack | TcpFlags.Fin, seq: 1, ack: 1, Pattern.Bytes(1200));
        script.PassMilliseconds(50);
        script.Expect(Ack, ack: 1001, window: 0);
        Assert.Equal(TcpState.Established, script.State);
        Assert.Equal(Pattern.Bytes(1200).Take(1000), script.Host.ReadAll(script.Connection, script.Now));
        script.Expect(Ack, ack: 1001, window: 1000);
        script.InjectBytes(Ack | TcpFlags.Fin, seq: 1001, ack: 1, Pattern.Bytes(1200).AsSpan(1000));
        script.Expect(Ack, ack: 1202);
        Assert.Equal(TcpState.CloseWait, script.State);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-31")]
    [Trait("RFC9293", "MAY-13")]
    [Trait("RFC", "5681 section 4.2")]
    public void Out_of_order_data_is_kept_and_one_retransmission_completes_it(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(Ack, seq: 4, ack: 1, data: "def");
        script.Expect(Ack, seq: 1, ack: 1, length: 0);
        script.Inject(Ack, seq: 10, ack: 1, data: "jkl");
        script.Expect(Ack, seq: 1, ack: 1, length: 0);
        Assert.Equal("", script.Read());
        script.Inject(Ack, seq: 1, ack: 1, data: "abc");
        script.Expect(Ack, seq: 1, ack: 7, length: 0);
        script.Inject(Ack, seq: 7, ack: 1, data: "ghi");
        script.Expect(Ack, seq: 1, ack: 13, length: 0);
        Assert.Equal("abcdefghijkl", script.Read());
        Assert.Null(script.Connection.OutOfOrder);
    }

    [Fact, Trait("RFC", "5681 section 4.2")]
    public void In_order_data_is_acknowledged_at_once_while_a_gap_remains()
    {
        var script = Script.Established();
        script.Inject(Ack, seq: 10, ack: 1, data: "jkl");
        script.Expect(Ack, ack: 1);
        script.Inject(Ack, seq: 1, ack: 1, data: "abc");
        script.Expect(Ack, ack: 4);
    }

    [Fact, Trait("RFC9293", "MUST-58"), Trait("RFC9293", "MUST-59")]
    public void A_batch_of_segments_draws_one_ACK()
    {
        var script = Script.Established();
        foreach (var start in new uint[] { 4381, 2921, 1461, 1 })
        {
            var header = new TcpHeader(
                script.PeerPort, script.HostPort, script.Irs + start, script.Iss + 1, Ack, 65_535);
            script.Host.Receive(
                Frames.Tcp(script.Peer, script.Host.Address, header, default, Pattern.Bytes(1460)), script.Now);
        }

        script.Expect(Ack, seq: 1, ack: 5841, length: 0);
        script.ExpectNothing();
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_FIN_after_a_gap_waits_for_the_data(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(Ack | TcpFlags.Fin, seq: 4, ack: 1, data: "def");
        script.Expect(Ack, ack: 1);
        Assert.Equal(TcpState.Established, script.State);
        script.Inject(Ack, seq: 1, ack: 1, data: "abc");
        script.Expect(Ack, ack: 8);
        Assert.Equal(TcpState.CloseWait, script.State);
        Assert.Equal("abcdef", script.Read());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(60_000)]
    public void Urgent_data_stays_in_band_and_its_pointer_moves_nothing(int pointer)
    {
        var script = Script.Established();
        script.InjectBytes(Ack | TcpFlags.Urg, seq: 1, ack: 1, "abc"u8, urgent: (ushort)pointer);
        script.Inject(Ack, seq: 4, ack: 1, data: "def");
        script.PassMilliseconds(50);
        script.Expect(Ack, ack: 7);
        Assert.Equal("abcdef", script.Read());
    }

    [Fact]
    public void Out_of_order_data_beyond_the_block_limit_is_dropped_and_counted()
    {
        var script = Script.Established(engine: new EngineOptions { MaxOutOfOrderRanges = 2 });
        script.Inject(Ack, seq: 3, ack: 1, data: "c");
        script.Inject(Ack, seq: 5, ack: 1, data: "e");
        script.Inject(Ack, seq: 7, ack: 1, data: "g");
        Assert.Equal(1, script.Engine.Counters[Counter.DroppedOutOfOrder]);
        script.Inject(Ack, seq: 1, ack: 1, data: "abcde");
        Assert.Equal("abcde", script.Read());
        Assert.Equal(0, script.Host.Pool.Rented);
    }

    [Theory]
    [InlineData(null, 400, 400)]
    [InlineData(65_535, 100, 71)]
    public void Any_number_of_ranges_is_kept_within_twice_the_buffer(int? buffer, int ranges, int kept)
    {
        var s = new Script();
        s.Accept(mss: 100, options: new ConnectionOptions { ReceiveBufferSize = buffer });
        for (var i = 0u; i < ranges; i++)
            s.Inject(TcpFlags.Ack, seq: 1 + (20 * (i + 1)), ack: 1, data: "0123456789");
        Assert.Equal(kept, s.Connection.OutOfOrder!.RangeCount);
    }
}
