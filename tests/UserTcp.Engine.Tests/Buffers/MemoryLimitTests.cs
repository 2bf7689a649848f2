using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Buffers;

/// <summary>The data of all connections is counted against a limit (Linux: tcp_mem).</summary>
public sealed class MemoryLimitTests
{
    private const int Limit = 1 << 20;
    private static readonly EngineOptions Small = new() { MaxMemory = Limit };

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Memory_held_by_queues_and_the_application_is_counted_until_released(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss);
        Assert.Equal(0, script.Engine.MemoryHeld);
        script.Send("to send");
        Assert.Equal(1 << 14, script.Engine.MemoryHeld);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 8, data: "received");
        Assert.Equal(1 << 14, script.Engine.MemoryHeld);
        script.Inject(TcpFlags.Ack, seq: 20, ack: 8, data: "out of order");
        Assert.Equal(2 << 14, script.Engine.MemoryHeld);

        var received = script.Engine.Receive(script.Connection);
        script.Inject(TcpFlags.Ack, seq: 9, ack: 8);
        Assert.Equal((1 << 14) + 8, script.Engine.MemoryHeld);
        script.Engine.Consumed(script.Connection, 8, script.Now);
        Assert.Equal(1 << 14, script.Engine.MemoryHeld);
        Block.ReleaseChain(received);

        script.Abort();
        script.Drain();
        Assert.Equal(0, script.Engine.MemoryHeld);
        script.AssertNothingLeft();
    }

    [Fact]
    public void Data_of_a_connection_that_has_ended_is_not_counted()
    {
        var script = Script.Established();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "received");
        script.Inject(TcpFlags.Rst, seq: 9);
        script.Drain();
        Assert.Equal((TcpState.Closed, 0L), (script.State, script.Engine.MemoryHeld));

        var received = script.Engine.Receive(script.Connection);
        script.Engine.Consumed(script.Connection, 3, script.Now);
        Assert.Equal(0, script.Engine.MemoryHeld);
        script.Engine.Consumed(script.Connection, 5, script.Now);
        Block.ReleaseChain(received);
        Assert.Equal(0, script.Engine.MemoryHeld);
        script.AssertNothingLeft();
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    [Trait("RFC9293", "SHLD-14")]
    public void Under_pressure_no_window_shrinks_or_grows(uint irs, uint iss)
    {
        var script = Script.Established(irs, iss, engine: Small);
        script.Send(new byte[Limit / 8 * 7]);
        script.Drain();
        var edge = 1u + ushort.MaxValue;
        for (var seq = 1u; seq < 100_000; seq += 1000)
        {
            script.InjectBytes(TcpFlags.Ack, seq, ack: 1, new byte[1000]);
            Assert.Equal(1000, script.Read().Length);
            script.PassMilliseconds(50);
            var ack = script.ExpectLast(TcpFlags.Ack, ack: seq + 1000);
            Assert.InRange(seq + 1000 + ack.Header.Window, edge, Math.Max(edge, seq + 1000 + (4 * 1460)));
            edge = seq + 1000 + ack.Header.Window;
        }
    }

    [Fact]
    public void Under_pressure_out_of_order_data_is_dropped_and_a_duplicate_ACK_sent()
    {
        var script = Script.Established(engine: Small);
        script.Send(new byte[Limit / 8 * 7]);
        script.Drain();
        script.Inject(TcpFlags.Ack, seq: 9, ack: 1, data: "beyond");
        script.ExpectLast(TcpFlags.Ack, ack: 1);
        Assert.Equal(1, script.Count(Counter.DroppedOutOfOrder));
        Assert.Null(script.Connection.OutOfOrder);

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "complete");
        script.Inject(TcpFlags.Ack, seq: 9, ack: 1, data: "beyond");
        Assert.Equal("completebeyond", script.Read());
    }

    [Fact]
    public void At_the_limit_out_of_order_data_is_dropped_first_and_then_in_order_data()
    {
        var script = Script.Established(engine: Small);
        script.Inject(TcpFlags.Ack, seq: 9, ack: 1, data: "beyond");
        script.Send(new byte[Limit]);
        script.Drain();

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "read");
        Assert.True(script.Connection.OutOfOrder is null or { IsEmpty: true });
        script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 1, data: "wait");
        script.ExpectLast(TcpFlags.Ack, ack: 5);
        Assert.Equal(1, script.Count(Counter.DroppedMemory));

        Assert.Equal("read", script.Read());
        script.Inject(TcpFlags.Fin | TcpFlags.Ack, seq: 5, ack: 1, data: "wait");
        Assert.Equal("wait", script.Read());
        Assert.Equal(TcpState.CloseWait, script.State);
        script.Abort();
        script.Drain();
        script.AssertNothingLeft();
    }

    [Fact]
    public void At_the_limit_a_close_with_unsent_data_resets()
    {
        var script = Script.Established(engine: Small);
        script.Send(new byte[Limit]);
        script.Drain();
        script.Close();
        script.Expect(TcpFlags.Rst | TcpFlags.Ack);
        Assert.Equal((1, 0L), (script.Count(Counter.OrphansReset), script.Engine.MemoryHeld));
        script.AssertNothingLeft();
    }
}
