using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.UserOptions;

/// <summary>The urgent mechanism (RFC 9293 section 3.8.5, RFC 6093): a mark in the stream, and a notice of it.</summary>
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
    public void The_user_is_told_of_urgent_text_and_how_much_is_left(uint irs)
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
    public void The_mark_may_lie_ahead_of_the_text_and_the_user_hears_of_each_advance_once()
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
    public void The_notice_gets_through_a_closed_window()
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
    public void An_old_mark_and_any_pointer_without_the_bit_change_nothing()
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
    public void A_mark_that_has_been_read_hides_none_that_comes_after_half_of_all_numbers(uint irs)
    {
        var script = new Script(irs: irs);
        script.Accept();
        script.InjectBytes(TcpFlags.Ack | TcpFlags.Urg, seq: 1, ack: 1, "abcdef"u8, urgent: 4);
        Assert.Equal("abcdef", script.Read());

        // As if 2^31 octets had come and gone.
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
    public void Segments_before_the_mark_point_behind_the_last_urgent_octet(uint irs)
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
    public void Into_a_closed_window_only_the_notice_is_sent()
    {
        var script = new Script();
        script.Accept(window: 0);

        script.Engine.Send(script.Connection, script.Host.Chain("hurry"u8), script.Now);
        script.Engine.SetUrgent(script.Connection, script.Now);

        Assert.Equal(5, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1, length: 0).Header.UrgentPointer);
        script.ExpectNothing();
    }

    [Fact]
    public void A_mark_further_away_than_the_field_reaches_is_approached()
    {
        var script = new Script();
        script.Accept(window: 65_535);

        script.Engine.Send(script.Connection, script.Host.Chain(new byte[100_000]), script.Now);
        script.Engine.SetUrgent(script.Connection, script.Now);

        Assert.Equal(ushort.MaxValue, script.Expect(TcpFlags.Ack | TcpFlags.Urg, seq: 1).Header.UrgentPointer);
    }

    [Fact]
    public void Nothing_that_was_sent_is_nothing_to_mark()
    {
        var script = new Script();
        script.Accept();
        script.Engine.SetUrgent(script.Connection, script.Now);
        script.ExpectNothing();
    }

    [Theory]
    [InlineData(Corners.Wrap)]
    [InlineData(Corners.Sign)]
    [Trait("RFC9293", "MUST-62")]
    public void Text_may_be_marked_before_the_connection_is_there(uint iss)
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
