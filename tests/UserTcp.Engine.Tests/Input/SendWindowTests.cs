using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>The peer's window: its update rules and its shrinking (RFC 9293 section 3.8.6).</summary>
public class SendWindowTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory]
    [InlineData(0x7FFF)]
    [InlineData(0x8000)]
    [InlineData(0xFFFF)]
    [Trait("RFC9293", "MUST-1")]
    public void The_window_field_is_unsigned(int window)
    {
        var script = Script.Established(window: (uint)window, noDelay: true);
        script.Connection.Congestion.Begin(65_535, false);
        script.Send(Pattern.Bytes(100_000));
        Assert.Equal(window / 1460, script.Drain());
        script.Inject(Ack, seq: 1, ack: 1461, window: (uint)window);
        script.Expect(Ack, length: 1460);
        script.ExpectNothing();
    }

    [Theory]
    [InlineData(0, 65_535u)]
    [InlineData(14, 65_535u << 14)]
    [InlineData(15, 65_535u << 14)]
    [InlineData(255, 65_535u << 14)]
    [Trait("RFC", "7323 section 2.3")]
    [Trait("SynCookies", "never")]
    public void The_scale_is_fourteen_or_less_and_never_applies_to_a_SYN(byte shift, uint bytes)
    {
        var script = new Script(irs: Isn.BeforeHalf);
        script.Listen();
        script.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { WindowScale = WindowScale.FromWire(shift) });
        script.Expect(TcpFlags.Syn | Ack);
        script.Inject(Ack, seq: 1, ack: 1);
        Assert.True(script.Engine.TryAccept(script.Listener, out var connection));
        Assert.Equal(bytes, connection!.Snd.Wnd);
        Assert.Equal(bytes, script.Engine.GetSnapshot(connection).SndWnd);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Only_a_segment_as_new_as_the_last_update_changes_the_window(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(Ack, seq: 10, ack: 1, data: "x", window: 2000);
        Assert.Equal(2000u, script.Connection.Snd.Wnd);
        script.Inject(Ack, seq: 1, ack: 1, data: "a", window: 9000);
        Assert.Equal(2000u, script.Connection.Snd.Wnd);
        script.Inject(Ack, seq: 10, ack: 1, window: 3000);
        Assert.Equal(3000u, script.Connection.Snd.Wnd);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_partly_duplicate_segment_updates_the_window(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        script.Inject(Ack, seq: 1, ack: 1, data: "abc", window: 9000);
        script.Inject(Ack, seq: 4, ack: 1, data: "def", window: 9000);
        script.Inject(Ack, seq: 1, ack: 1, data: "abcdefghi", window: 0);
        Assert.Equal(0u, script.Connection.Snd.Wnd);
        script.Drain();
        script.Send("into a closed window");
        script.ExpectNothing();
        script.Inject(Ack, seq: 4, ack: 1, data: "defghijkl", window: 9000);
        script.Expect(Ack | TcpFlags.Psh, seq: 1, ack: 13, data: "into a closed window");
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void An_old_ACK_changes_nothing(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send("abc");
        script.Inject(Ack, seq: 1, ack: 4, window: 2000);
        script.Inject(Ack, seq: 1, ack: 2, window: 9000);
        Assert.Equal((2000u, 4u), (script.Connection.Snd.Wnd, script.Engine.GetSnapshot(script.Connection).SndUna));
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-34"), Trait("RFC9293", "SHLD-15"), Trait("RFC9293", "SHLD-16")]
    public void A_shrunk_window_allows_no_new_data_and_limits_retransmissions(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send(Pattern.Bytes(4000));
        Assert.Equal(3, script.Drain());
        script.Inject(Ack, seq: 1, ack: 1461, window: 1000);
        script.Send(Pattern.Bytes(1000));
        script.ExpectNothing();
        script.PassUntilSent(TimeSpan.FromSeconds(1));
        script.Expect(Ack, seq: 1461, length: 1000);
        script.ExpectNothing();
        script.Inject(Ack, seq: 1, ack: 2461, window: 60_000);
        script.Expect(Ack, seq: 2461, length: 1460);
        script.Drain();
        script.Inject(Ack, seq: 1, ack: 4001, window: 60_000);
        script.Expect(Ack, seq: 4001, length: 1000);
    }

    [Fact, Trait("RFC9293", "MUST-34")]
    public void An_ACK_at_a_shrunk_window_has_a_sequence_number_inside_it()
    {
        var script = Script.Established(noDelay: true);
        script.Send(Pattern.Bytes(2000));
        script.Drain();
        script.Inject(Ack, seq: 1, ack: 1, window: 500, data: "data");
        script.PassMilliseconds(40);
        script.Expect(Ack, seq: 501, ack: 5, length: 0);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-35"), Trait("RFC9293", "SHLD-17")]
    public void A_window_that_shrinks_to_zero_over_sent_data_is_probed_without_limit(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, noDelay: true);
        script.Send(Pattern.Bytes(2000));
        script.Drain();
        script.Inject(Ack, seq: 1, ack: 1, window: 0);
        var before = script.Connection.Congestion.Window;
        for (var probe = 0; probe < 100; probe++)
        {
            script.PassUntilSent(TimeSpan.FromSeconds(121));
            script.Expect(Ack, seq: 0, length: 0);
            script.Inject(Ack, seq: 1, ack: 1, window: 0);
            script.ExpectNothing();
        }

        Assert.Equal((TcpState.Established, before), (script.State, script.Connection.Congestion.Window));
        Assert.Equal(0, script.Engine.Counters[Counter.FastRetransmits]);
        script.Inject(Ack, seq: 1, ack: 1, window: 5000);
        script.Expect(Ack, seq: 1, length: 1460);
        script.Expect(Ack, seq: 1461, length: 540);
    }
}
