using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>The offered window: never shrunk, with silly window avoidance (RFC 9293 section 3.8.6.2.2).</summary>
public class AdvertisedWindowTests
{
    private const TcpFlags Ack = TcpFlags.Ack;

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "MUST-39")]
    public void Small_reads_open_the_window_by_whole_segments_only(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, connection: new ConnectionOptions { ReceiveBufferSize = 8760 });
        for (uint i = 0; i < 6; i++)
            script.InjectBytes(Ack, seq: 1 + (i * 1460), ack: 1, Pattern.Bytes(1460));
        Assert.Equal(3, script.Drain());
        Block.ReleaseChain(script.Engine.Receive(script.Connection));
        for (var i = 0; i < 1459; i++)
            script.Engine.Consumed(script.Connection, 1, script.Now);
        script.ExpectNothing();
        script.Engine.Consumed(script.Connection, 1, script.Now);
        script.Expect(Ack, ack: 8761, window: 1460);
    }

    [Fact, Trait("RFC9293", "MUST-39")]
    public void With_a_buffer_below_two_segments_the_window_opens_by_half_of_it()
    {
        var script = Script.Established(connection: new ConnectionOptions { ReceiveBufferSize = 1000 });
        script.InjectBytes(Ack, seq: 1, ack: 1, Pattern.Bytes(1000));
        script.PassMilliseconds(50);
        script.Expect(Ack, ack: 1001, window: 0);
        Block.ReleaseChain(script.Engine.Receive(script.Connection));
        script.Engine.Consumed(script.Connection, 499, script.Now);
        script.ExpectNothing();
        script.Engine.Consumed(script.Connection, 1, script.Now);
        script.Expect(Ack, ack: 1001, window: 500);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-14")]
    [Trait("RFC", "7323 section 2.4")]
    public void Rounding_to_the_scale_does_not_shrink_the_window_within_the_buffer(uint irs, uint iss)
    {
        var script = new Script(irs: irs, iss: iss);
        script.Accept(scale: WindowScale.FromWire(0), options: new ConnectionOptions { ReceiveBufferSize = 1 << 20 });
        const uint Unit = 1 << 5;
        var edge = 0u;
        for (var i = 0u; i < Unit - 1; i++)
        {
            script.Inject(Ack, seq: 1 + i, ack: 1, data: "x");
            script.PassMilliseconds(50);
            var sent = script.Expect(Ack, ack: 2 + i);
            var offered = 2 + i + (sent.Header.Window * Unit);
            Assert.True(offered >= edge, $"the right edge went back from {edge} to {offered}");
            edge = offered;
        }
    }

    [Theory]
    [InlineData(65_535, 0, 65_535)]
    [InlineData(65_536, 1, 32_768)]
    [InlineData(1 << 20, 5, 32_768)]
    [InlineData(1 << 30, 14, 65_535)]
    [Trait("SynCookies", "never")]
    public void The_scale_is_the_min_with_which_the_buffer_fits_the_field(int buffer, int shift, int field)
    {
        // A window is a quarter of the free memory or less: allow four times the window.
        var script = new Script(new EngineOptions { MaxMemory = 1L << 40 }, irs: Isn.BeforeHalf);
        script.Listen(new ConnectionOptions { ReceiveBufferSize = buffer });
        script.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { WindowScale = WindowScale.None });
        var answer = script.Expect(TcpFlags.Syn | Ack, window: (uint)Math.Min(buffer, 65_535));
        Assert.Equal(shift, answer.Options.WindowScale!.Value.Shift);
        script.InjectBytes(Ack, seq: 1, ack: 1, Pattern.Bytes(1460));
        script.Drain();
        Assert.True(script.Engine.TryAccept(script.Listener, out var connection));
        Assert.Equal(1460, script.Host.ReadAll(connection!, script.Now).Length);
        script.InjectBytes(Ack, seq: 1461, ack: 1, Pattern.Bytes(1));
        Assert.Single(script.Host.ReadAll(connection!, script.Now));
        script.PassMilliseconds(50);
        script.Drain();
        Assert.InRange(
            connection!.Active.Rcv.Wnd, (uint)Math.Min(buffer - 1460L, (long)field << shift), (uint)field << shift);
    }

    [Fact]
    public void A_peer_without_window_scale_is_offered_no_more_than_the_field_holds()
    {
        var script = Script.Established();
        script.Inject(Ack, seq: 1, ack: 1, data: "a");
        Assert.Equal("a", script.Read());
        script.PassMilliseconds(50);
        script.Expect(Ack, ack: 2, window: 65_535);
        Assert.Equal(65_535u, script.Connection.Active.Rcv.Wnd);
    }

    [Theory]
    [InlineData(1, Isn.BeforeHalf)]
    [InlineData(2, Isn.BeforeWrap)]
    [InlineData(3, 0u)]
    [Trait("RFC9293", "SHLD-14"), Trait("RFC", "7323 section 2.4")]
    public void The_offered_window_stays_acceptable_and_is_bounded_by_the_buffer(int seed, uint irs)
    {
        const int Buffer = 200_000;
        var random = new Random(seed);
        var rcv = new ReceiveSequence
        {
            Nxt = new SeqNum(irs),
            Edge = new SeqNum(irs),
            Buffer = Buffer,
            Scale = WindowScale.ForWindow(Buffer),
        };
        var unit = 1 << rcv.Scale.Shift;
        var offered = rcv.Edge;
        for (var i = 0; i < 200_000; i++)
        {
            var edge = rcv.Nxt + rcv.Scale.ToOctets(WindowAdvertisement.Advertise(ref rcv, 1460));
            Assert.True(edge - offered > -unit, "the window shrinks by more than rounding");
            offered = SeqNum.Max(offered, edge);
            Assert.Equal(offered, rcv.Edge);
            var arrives = Math.Min(random.Next(random.Next(4) == 0 ? 3 : 3000), (int)rcv.Wnd);
            rcv.Nxt += arrives;
            rcv.Held += arrives;
            Assert.InRange(rcv.Held + (int)rcv.Wnd, 0, Buffer + unit);
            rcv.Held -= Math.Min(random.Next(2) * random.Next(3000), rcv.Held);
        }
    }
}
