using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Buffers;

/// <summary>At the memory limit, connections without progress are reset and the others are served.</summary>
public sealed class MemoryReliefTests
{
    private const int Limit = 1 << 20;
    private const int Block = BlockPool.StandardSize;
    private static readonly EngineOptions Small = new() { MaxMemory = Limit };

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void The_connection_with_the_max_memory_times_time_is_reset_first(uint irs, uint iss)
    {
        var s = Script.Established(irs, iss, engine: Small);
        var old = s.Connection;
        s.Send(new byte[20 * Block]);
        s.PassMilliseconds(2000);
        var young = Add(s, 40_001);
        s.Send(new byte[30 * Block]);
        s.PassMilliseconds(1100);
        s.Drain();
        var newest = Add(s, 40_002);
        s.Send(new byte[14 * Block]);

        // 20 blocks for 3.1 s outweigh 30 for 1.1 s; their release makes room.
        Assert.Equal((EngineError.OutOfMemory, TcpState.Closed), (old.Error, old.State));
        Assert.Equal((true, true), (young.IsLive, newest.IsLive));
        Assert.Equal((1, 44L * Block), (s.Count(Counter.MemoryResets), s.Engine.MemoryHeld));
        Assert.Contains(
            s.Host.Observations,
            o => o is { Sent: true, Reason: SegmentReason.ResetMemory } && o.Header.DestinationPort.Value == 40_000);
        Assert.Contains(s.Host.Events, e => e.Connection == old && (e.Events & EngineEvents.Closed) != 0);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_connection_whose_peer_acknowledges_is_kept(uint irs, uint iss)
    {
        var s = Script.Established(irs, iss, engine: Small);
        s.Send(new byte[(63 * Block) + 10]);
        for (var i = 1u; i <= 10; i++)
        {
            s.PassMilliseconds(400);
            s.Inject(TcpFlags.Ack, seq: 1, ack: 1 + i);
        }

        Assert.Equal(
            (0, MemoryState.Limit, true), (s.Count(Counter.MemoryResets), s.Engine.MemoryState, s.Connection.IsLive));
        s.PassMilliseconds(1100);
        s.Send(new byte[1]);
        Assert.Equal((1, 0L), (s.Count(Counter.MemoryResets), s.Engine.MemoryHeld));
    }

    [Fact]
    public void With_half_of_the_reserve_used_the_largest_is_reset_even_with_progress()
    {
        var s = Script.Established(engine: Small);
        var largest = s.Connection;
        s.Send(new byte[60 * Block]);
        var small = Add(s, 40_001);
        s.Send(new byte[7 * Block]);
        Assert.Equal(0, s.Count(Counter.MemoryResets));
        Add(s, 40_002);
        s.Send(new byte[Block]);
        s.PassMilliseconds(1);

        Assert.Equal((1, EngineError.OutOfMemory, true), (s.Count(Counter.MemoryResets), largest.Error, small.IsLive));
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void A_new_connection_is_served_at_the_limit(uint irs, uint iss)
    {
        var s = Script.Established(irs, iss, engine: Small);
        s.Send(new byte[64 * Block]);
        s.Drain();
        Assert.Equal(MemoryState.Limit, s.Engine.MemoryState);

        Add(s, 40_001);
        s.Inject(TcpFlags.Ack | TcpFlags.Psh, seq: 1, ack: 1, data: "request");
        Assert.Equal("request", s.Read());
        s.Send("response");
        s.Expect(TcpFlags.Ack, ack: 8, data: "response");
        Assert.Equal((0, 0), (s.Count(Counter.MemoryResets), s.Count(Counter.DroppedMemory)));
    }

    [Fact]
    public void Out_of_order_data_of_idle_connections_is_dropped_before_any_connection_is_reset()
    {
        var s = Script.Established(engine: Small);
        var idle = s.Connection;
        s.Inject(TcpFlags.Ack, seq: 9, ack: 1, data: "beyond");
        Assert.NotNull(idle.OutOfOrder);
        Add(s, 40_001);
        s.Send(new byte[63 * Block]);
        s.PassMilliseconds(1500);

        Assert.Equal(
            (0, 0, true), (s.Count(Counter.MemoryResets), idle.Active.OutOfOrder?.BlockCount ?? 0, idle.IsLive));
        Assert.Equal(63L * Block, s.Engine.MemoryHeld);
    }

    [Fact]
    public void Two_engines_share_one_budget()
    {
        var holder = Script.Established(engine: Small);
        var other = Script.Established(engine: Small);
        holder.Send(new byte[40 * Block]);
        other.Send(new byte[30 * Block]);
        Assert.Equal(
            (MemoryState.Comfortable, MemoryState.Comfortable), (holder.Engine.MemoryState, other.Engine.MemoryState));

        var used = holder.Engine.MemoryHeld + other.Engine.MemoryHeld;
        holder.Engine.ShareMemory(used, Limit);
        other.Engine.ShareMemory(used, Limit);
        Assert.Equal((MemoryState.Limit, MemoryState.Limit), (holder.Engine.MemoryState, other.Engine.MemoryState));

        holder.PassMilliseconds(1100);
        Assert.Equal((1, 0L), (holder.Count(Counter.MemoryResets), holder.Engine.MemoryHeld));
        // An engine sees its own change at once, and that of the other at its next report.
        Assert.Equal(
            (MemoryState.Comfortable, MemoryState.Limit), (holder.Engine.MemoryState, other.Engine.MemoryState));
        other.Engine.ShareMemory(other.Engine.MemoryHeld, Limit);
        Assert.Equal(MemoryState.Comfortable, other.Engine.MemoryState);
    }

    [Fact]
    public void Pressure_ends_at_a_lower_threshold_than_it_begins()
    {
        Assert.False(MemoryThresholds.IsUnderPressure(599, 800, wasUnderPressure: false));
        Assert.True(MemoryThresholds.IsUnderPressure(600, 800, wasUnderPressure: false));
        Assert.True(MemoryThresholds.IsUnderPressure(500, 800, wasUnderPressure: true));
        Assert.False(MemoryThresholds.IsUnderPressure(499, 800, wasUnderPressure: true));
    }

    [Fact]
    public void A_window_is_no_more_than_a_quarter_of_the_free_memory()
    {
        var s = Script.Established(engine: Small, scale: WindowScale.FromWire(7));
        var edge = WindowAfter(s, 1);
        Assert.InRange(edge, 65_536, Limit / 4);
        s.Send(new byte[32 * Block]);
        s.Drain();
        Assert.InRange(WindowAfter(s, 2), 1, edge);

        static int WindowAfter(Script s, uint seq)
        {
            s.Inject(TcpFlags.Ack, seq, ack: 1, data: "x");
            s.Read();
            s.PassMilliseconds(50);
            return s.ExpectLast(TcpFlags.Ack, ack: seq + 1).Header.Window << 7;
        }
    }

    [Fact]
    public void Data_without_a_block_is_dropped_and_its_retransmission_received()
    {
        var s = Script.Established();
        s.Host.Pool.MaxRented = 0;
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "in order");
        s.ExpectLast(TcpFlags.Ack, ack: 1);
        s.Inject(TcpFlags.Ack, seq: 9, ack: 1, data: "beyond");
        s.ExpectLast(TcpFlags.Ack, ack: 1);
        Assert.Equal((1, 1), (s.Count(Counter.DroppedMemory), s.Count(Counter.DroppedOutOfOrder)));
        Assert.Equal((0, 0), (s.Connection.Active.OutOfOrder?.RangeCount ?? 0, s.Host.Pool.Rented));

        s.Host.Pool.MaxRented = int.MaxValue;
        s.Inject(TcpFlags.Ack, seq: 9, ack: 1, data: "beyond");
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "in order");
        Assert.Equal("in orderbeyond", s.Read());
        Assert.Equal(0, s.Host.Pool.Rented);
    }

    [Fact]
    public void A_large_segment_without_enough_blocks_leaks_nothing()
    {
        var s = new Script(link: new LinkProperties(65_535));
        s.Accept();
        s.Host.Pool.MaxRented = s.Host.Pool.Rented + 2;
        var data = new byte[30_000];
        s.InjectBytes(TcpFlags.Ack, 1, 1, data);
        s.ExpectLast(TcpFlags.Ack, ack: 1);
        Assert.Equal((1, 0), (s.Count(Counter.DroppedMemory), s.Host.Pool.Rented));
    }

    [Fact]
    public void A_borrowed_frame_is_copied()
    {
        var s = Script.Established(mss: 65_000);
        var frame = s.Host.Pool.Rent(BlockPool.StandardSize);
        frame.IsLent = true;
        frame.Append(s.Segment(TcpFlags.Ack, seq: 1, ack: 1, data: new string('x', 12_000)));

        Assert.False(s.Engine.OnFrame(frame, s.Now));
        Assert.Equal(2, s.Host.Pool.Rented);
        frame.Release();
        Assert.Equal(12_000, s.Read().Length);
        Assert.Equal(0, s.Host.Pool.Rented);
    }

    [Fact]
    public void An_echo_request_without_a_block_for_the_reply_is_dropped()
    {
        var s = new Script();
        s.Host.Pool.MaxRented = 0;
        s.InjectFrame(Frames.Icmp(s.Peer, s.Host.Address, IcmpV4.EchoRequest, 0, 7, new byte[64]));
        s.ExpectNothing();
        Assert.Equal((1, 0), (s.Count(Counter.DroppedReply), s.Host.Pool.Rented));
    }

    private static Tcb Add(Script s, ushort port)
    {
        s.Drain();
        s.PeerPort = new Port(port);
        s.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { Mss = 1460 });
        s.Expect(TcpFlags.Syn | TcpFlags.Ack);
        s.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        s.AcceptWaiting();
        return s.Connection;
    }
}
