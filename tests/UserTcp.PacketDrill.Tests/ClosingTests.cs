using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Tests;

/// <summary>shutdown, close and SO_LINGER.</summary>
public class ClosingTests
{
    [Fact]
    public void Shutting_the_sending_side_sends_FIN_and_keeps_receiving()
    {
        var program = new Program();
        var socket = program.Accepted();
        Assert.Equal(0, program.Layer.Shutdown(socket, LinuxNumbers.ShutWrites));
        Assert.True(program.Sent().Flags.HasFlag(TcpFlags.Fin));
        Assert.Equal(Result.Of(Errno.BrokenPipe), program.Write(socket, 1));
        program.Inject(TcpFlags.Ack, 1, 2, length: 5);
        Assert.Equal(5, program.Read(socket, 100));
    }

    [Fact]
    public void Shutting_the_receiving_side_ends_reading_but_accepts_data()
    {
        var program = new Program();
        var socket = program.Accepted();
        Assert.Equal(0, program.Layer.Shutdown(socket, LinuxNumbers.ShutReads));
        Assert.Equal(0, program.Read(socket, 100));
        program.Inject(TcpFlags.Ack, 1, 1, length: 5);
        Assert.Equal(5, program.Read(socket, 100));
        Assert.Equal(7, program.Write(socket, 7));
        Assert.Equal(Result.Of(Errno.Invalid), program.Layer.Shutdown(socket, 3));
    }

    [Theory]
    [InlineData(null, TcpFlags.Fin | TcpFlags.Ack)]
    [InlineData(0, TcpFlags.Rst | TcpFlags.Ack)]
    public void A_close_sends_FIN_unless_linger_is_zero(int? linger, TcpFlags expected)
    {
        var program = new Program();
        var socket = program.Accepted();
        if (linger is { } seconds)
            program.SetOption(socket, OptionLevel.Socket, SocketOption.Linger, 1, seconds);
        Assert.Equal(0, program.Layer.Close(socket));
        Assert.Equal(expected, program.Sent().Flags);
        Assert.Equal(Result.Of(Errno.BadDescriptor), program.Layer.Close(socket));
    }

    [Fact]
    public void A_close_with_unread_data_resets()
    {
        var program = new Program();
        var socket = program.Accepted();
        program.Inject(TcpFlags.Ack, 1, 1, length: 5);
        program.DrainSent();
        program.Layer.Close(socket);
        Assert.True(program.Sent().Flags.HasFlag(TcpFlags.Rst));
        Assert.Equal(0, program.World.Pool.Rented);
    }

    [Fact]
    public void Both_ends_closed_hang_up()
    {
        var program = new Program();
        var socket = program.Accepted();
        program.Inject(TcpFlags.Ack | TcpFlags.Fin, 1, 1);
        Assert.Equal(PollEvents.In | PollEvents.Out | PollEvents.ReadHangUp, program.Poll(socket));
        program.Layer.Shutdown(socket, LinuxNumbers.ShutWrites);
        Assert.True(program.Poll(socket).HasFlag(PollEvents.HangUp));
    }
}
