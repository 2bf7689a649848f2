using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Calls;

/// <summary>
/// The urgent mechanism (RFC 9293 section 3.8.5, RFC 6093): the urgent pointer, and its report to the application.
/// </summary>
public sealed class UrgentTests
{
    private static int Urgent(Script script) => script.Engine.GetSnapshot(script.Connection).UrgentBytes;

    [Theory]
    [InlineData(uint.MaxValue - 3)]
    [InlineData(int.MaxValue - 1)]
    [Trait("RFC9293", "MUST-30")]
    [Trait("RFC9293", "MUST-32")]
    [Trait("RFC9293", "MUST-33")]
    [Trait("RFC", "6093 section 3.1")]
    public void Urgent_data_is_reported_with_its_remaining_bytes(uint irs)
    {
        var script = new Script(irs: irs);
        script.Accept();

        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 1, ack: 1, "abcdef"u8, urgent: 4);

        Assert.True(script.EventsSoFar().HasFlag(EngineEvents.Urgent));
        Assert.Equal(4, Urgent(script));
        Assert.Equal("abcdef", script.Read());
        Assert.Equal(0, Urgent(script));
    }

    [Fact]
    [Trait("RFC9293", "MUST-31")]
    [Trait("RFC9293", "MUST-32")]
    public void The_urgent_pointer_may_lie_ahead_of_the_data_and_each_advance_is_reported_once()
    {
        var script = new Script();
        script.Accept();

        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 1, ack: 1, "ab"u8, urgent: 5000);
        Assert.Equal(5000, Urgent(script));
        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 3, ack: 1, "cd"u8, urgent: 4998);
        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 5, ack: 1, "ef"u8, urgent: 6000);

        Assert.Equal(2, script.Host.Events.Count(e => e.Events.HasFlag(EngineEvents.Urgent)));
        Assert.Equal("abcdef", script.Read());
        Assert.Equal(5998, Urgent(script));
    }

    [Fact]
    [Trait("RFC9293", "MUST-66")]
    public void The_urgent_pointer_is_received_at_a_closed_window()
    {
        var script = new Script();
        script.Accept(options: new ConnectionOptions { ReceiveBufferSize = 1024 });
        script.InjectBytes(TcpFlags.Ack, seq: 1, ack: 1, new byte[1024]);
        script.Drain();

        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 1025, ack: 1, default, urgent: 7);

        Assert.True(script.EventsSoFar().HasFlag(EngineEvents.Urgent));
        Assert.Equal(1024 + 7, Urgent(script));
    }

    [Fact]
    public void An_old_urgent_pointer_and_one_without_URG_are_ignored()
    {
        var script = new Script();
        script.Accept();
        script.InjectBytes(TcpFlags.Ack, seq: 1, ack: 1, "abc"u8, urgent: 2);
        Assert.Equal("abc", script.Read());

        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 4, ack: 1, "def"u8, urgent: 0);

        Assert.False(script.EventsSoFar().HasFlag(EngineEvents.Urgent));
        Assert.Equal("def", script.Read());
    }

    [Theory]
    [InlineData(uint.MaxValue - 3)]
    [InlineData(int.MaxValue - 1)]
    [Trait("RFC9293", "MUST-32")]
    public void An_urgent_pointer_already_read_hides_none_after_2_31_bytes(uint irs)
    {
        var script = new Script(irs: irs);
        script.Accept();
        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 1, ack: 1, "abcdef"u8, urgent: 4);
        Assert.Equal("abcdef", script.Read());

        // As if 2^31 bytes had been received.
        ref var rcv = ref script.Connection.Rcv;
        (rcv.Nxt, rcv.Edge, rcv.AckSent) = (Far(rcv.Nxt), Far(rcv.Edge), Far(rcv.AckSent));
        script.Irs = Far(script.Irs);
        Assert.Equal(0, Urgent(script));
        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 7, ack: 1, "later"u8, urgent: 2);

        Assert.Equal(2, script.Host.Events.Count(e => e.Events.HasFlag(EngineEvents.Urgent)));
        Assert.Equal(2, Urgent(script));

        static SeqNum Far(SeqNum seq) => new(unchecked(seq.Value - (1u << 31)));
    }

    [Theory]
    [InlineData(uint.MaxValue - 3)]
    [InlineData(int.MaxValue - 1)]
    [Trait("RFC9293", "MUST-31")]
    [Trait("RFC9293", "MUST-62")]
    [Trait("RFC", "6093 section 4")]
    [Trait("SynCookies", "never")]
    public void The_urgent_pointer_of_every_segment_points_after_the_last_urgent_byte(uint irs)
    {
        var script = new Script(irs: irs);
        script.Accept(mss: 1000);

        script.Engine.Send(script.Connection, script.Host.Chain(new byte[2500]), script.Now);
        script.Engine.SetUrgent(script.Connection, script.Now);
        script.Engine.Send(script.Connection, script.Host.Chain(new byte[500]), script.Now);

        Assert.Equal(2500, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1, length: 1000).Header.UrgentPointer);
        Assert.Equal(1500, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1001, length: 1000).Header.UrgentPointer);
        Assert.Equal(500, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 2001, length: 1000).Header.UrgentPointer);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 3001);
        script.Send("later");
        script.Expect(TcpFlags.Ack, seq: 3001, data: "later");
    }

    [Fact]
    public void At_a_closed_window_only_the_urgent_pointer_is_sent()
    {
        var script = new Script();
        script.Accept(window: 0);

        script.Engine.Send(script.Connection, script.Host.Chain("hurry"u8), script.Now);
        script.Engine.SetUrgent(script.Connection, script.Now);

        Assert.Equal(5, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1, length: 0).Header.UrgentPointer);
        script.ExpectNothing();
    }

    [Fact]
    public void An_urgent_pointer_beyond_the_field_is_set_to_its_max()
    {
        var script = new Script();
        script.Accept(window: 65_535);

        script.Engine.Send(script.Connection, script.Host.Chain(new byte[100_000]), script.Now);
        script.Engine.SetUrgent(script.Connection, script.Now);

        Assert.Equal(ushort.MaxValue, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1).Header.UrgentPointer);
    }

    [Fact]
    public void An_urgent_SEND_without_data_has_no_effect()
    {
        var script = new Script();
        script.Accept();
        script.Engine.SetUrgent(script.Connection, script.Now);
        script.ExpectNothing();
    }

    [Theory]
    [InlineData(Isn.BeforeWrap)]
    [InlineData(Isn.BeforeHalf)]
    [Trait("RFC9293", "MUST-62")]
    public void Urgent_data_may_be_sent_before_the_handshake_is_complete(uint iss)
    {
        var script = new Script(iss: iss);
        script.Open();
        script.Send("abc");
        script.Engine.SetUrgent(script.Connection, script.Now);
        script.ExpectNothing();

        script.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1);

        Assert.Equal(3, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1, ack: 1, data: "abc").Header.UrgentPointer);
    }
}
