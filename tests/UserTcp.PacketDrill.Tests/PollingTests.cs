using UserTcp.Engine.Contract;
using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Tests;

/// <summary>poll and epoll, in virtual time.</summary>
public class PollingTests
{
    private const int Add = 1;
    private const int Delete = 2;
    private const int Modify = 3;

    [Fact]
    public void A_listener_is_readable_with_a_connection_to_accept()
    {
        var program = new Program();
        var listener = program.Listen();
        Assert.Equal(PollEvents.None, program.Poll(listener));
        program.Handshake();
        Assert.Equal(PollEvents.In, program.Poll(listener));
        program.Accept(listener);
        Assert.Equal(PollEvents.None, program.Poll(listener));
    }

    [Fact]
    public void An_unknown_descriptor_is_invalid() => Assert.Equal(PollEvents.Invalid, new Program().Poll(77));

    [Fact]
    public void A_poll_lasts_its_timeout()
    {
        var program = new Program();
        var socket = program.Accepted();
        var entries = new[] { new PollEntry(socket, PollEvents.In, PollEvents.None) };
        var start = program.World.Now;
        Assert.Equal(Result.MustWait, program.Layer.Poll(entries, 100));
        Assert.True(program.World.Step(MonotonicTime.Never));
        Assert.Equal(TimeSpan.FromMilliseconds(100), program.World.Now - start);
        Assert.Equal(0, program.Layer.Poll(entries, 100));
        Assert.Equal(0, program.Layer.Poll(entries, 0));
    }

    [Fact]
    public void Data_ends_a_waiting_poll()
    {
        var program = new Program();
        var socket = program.Accepted();
        var entries = new[] { new PollEntry(socket, PollEvents.In, PollEvents.None) };
        Assert.Equal(Result.MustWait, program.Layer.Poll(entries, -1));
        program.Inject(TcpFlags.Ack, 1, 1, length: 1);
        Assert.Equal(1, program.Layer.Poll(entries, -1));
        Assert.Equal(PollEvents.In, entries[0].Returned);
    }

    [Fact]
    public void Level_triggered_events_are_reported_while_they_hold()
    {
        var (program, socket, epoll) = Watched(PollEvents.In);
        Assert.Empty(Wait(program, epoll));
        program.Inject(TcpFlags.Ack, 1, 1, length: 1);
        Assert.Equal([(PollEvents.In, 42ul)], Wait(program, epoll));
        Assert.Equal([(PollEvents.In, 42ul)], Wait(program, epoll));
        program.Read(socket, 10);
        Assert.Empty(Wait(program, epoll));
    }

    [Fact]
    public void Edge_triggered_events_are_reported_once_per_event()
    {
        var (program, _, epoll) = Watched(PollEvents.In | PollEvents.Out | PollEvents.EdgeTriggered);
        Assert.Equal([(PollEvents.Out, 42ul)], Wait(program, epoll));
        Assert.Empty(Wait(program, epoll));
        for (uint i = 0; i < 2; i++)
        {
            program.Inject(TcpFlags.Ack, 1 + i, 1, length: 1);
            Assert.Equal([(PollEvents.In | PollEvents.Out, 42ul)], Wait(program, epoll));
            Assert.Empty(Wait(program, epoll));
        }
    }

    [Fact]
    public void A_one_shot_is_silent_until_it_is_armed_again()
    {
        var (program, socket, epoll) = Watched(PollEvents.In | PollEvents.OneShot);
        program.Inject(TcpFlags.Ack, 1, 1, length: 1);
        Assert.Single(Wait(program, epoll));
        program.Inject(TcpFlags.Ack, 2, 1, length: 1);
        Assert.Empty(Wait(program, epoll));
        Assert.Equal(0, program.Layer.EpollControl(epoll, Modify, socket, PollEvents.In, 7));
        Assert.Equal([(PollEvents.In, 7ul)], Wait(program, epoll));
    }

    [Fact]
    public void A_set_reports_unknown_and_duplicate_members()
    {
        var (program, socket, epoll) = Watched(PollEvents.In);
        Assert.Equal(Result.Of(Errno.Exists), program.Layer.EpollControl(epoll, Add, socket, PollEvents.In, 0));
        Assert.Equal(Result.Of(Errno.BadDescriptor), program.Layer.EpollControl(epoll, Add, 99, PollEvents.In, 0));
        Assert.Equal(0, program.Layer.EpollControl(epoll, Delete, socket, PollEvents.None, 0));
        Assert.Equal(Result.Of(Errno.NotFound), program.Layer.EpollControl(epoll, Delete, socket, PollEvents.None, 0));
        program.Inject(TcpFlags.Ack, 1, 1, length: 1);
        Assert.Empty(Wait(program, epoll));
    }

    private static (Program Program, int Socket, int Epoll) Watched(PollEvents events)
    {
        var program = new Program();
        var socket = program.Accepted();
        var epoll = program.Epoll();
        Assert.Equal(0, program.Layer.EpollControl(epoll, Add, socket, events, 42));
        return (program, socket, epoll);
    }

    private static (PollEvents Events, ulong Data)[] Wait(Program program, int epoll)
    {
        var ready = new (PollEvents Events, ulong Data)[4];
        return ready[..(int)program.Layer.EpollWait(epoll, ready, 0)];
    }
}
