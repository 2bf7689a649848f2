using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Tests;

/// <summary>fcntl, ioctl, getsockopt and setsockopt.</summary>
public class OptionTests
{
    [Fact]
    public void Flags_are_returned_as_set()
    {
        var program = new Program();
        var socket = program.Socket(blocking: true);
        Assert.Equal(LinuxNumbers.ReadWrite, program.Layer.Fcntl(socket, LinuxNumbers.GetFlags, 0));
        program.Layer.Fcntl(socket, LinuxNumbers.SetFlags, LinuxNumbers.NonBlocking | LinuxNumbers.ReadWrite);
        Assert.Equal(
            LinuxNumbers.ReadWrite | LinuxNumbers.NonBlocking, program.Layer.Fcntl(socket, LinuxNumbers.GetFlags, 0));
    }

    [Fact]
    public void The_queues_are_counted_without_FIN()
    {
        var program = new Program();
        var socket = program.Accepted();
        program.Inject(TcpFlags.Ack | TcpFlags.Fin, 1, 1, length: 1000);
        program.Write(socket, 12_000);
        Assert.Equal(1000, Ioctl(program, socket, LinuxNumbers.InputQueue));
        Assert.Equal(12_000, Ioctl(program, socket, LinuxNumbers.OutputQueue));
        Assert.Equal(2000, Ioctl(program, socket, LinuxNumbers.OutputQueueUnsent));
        Assert.Equal(Result.Of(Errno.NotTerminal), program.Layer.Ioctl(socket, 0x1234, out _));
    }

    [Fact]
    public void Buffers_are_twice_the_set_value()
    {
        var program = new Program();
        var socket = program.Socket();
        program.SetOption(socket, OptionLevel.Socket, SocketOption.SendBuffer, 21_000);
        program.SetOption(socket, OptionLevel.Socket, SocketOption.ReceiveBuffer, 30_000);
        Assert.Equal(42_000, program.Option(socket, OptionLevel.Socket, SocketOption.SendBuffer));
        Assert.Equal(60_000, program.Option(socket, OptionLevel.Socket, SocketOption.ReceiveBuffer));
    }

    [Fact]
    public void Accepted_sockets_inherit_their_listeners_options()
    {
        var program = new Program();
        var listener = program.Listen();
        program.SetOption(listener, OptionLevel.Tcp, TcpOption.NoDelay, 1);
        program.Handshake();
        var socket = (int)program.Accept(listener);
        Assert.Equal(1, program.Option(socket, OptionLevel.Tcp, TcpOption.NoDelay));
        Assert.Equal(0, program.SetOption(socket, OptionLevel.Tcp, TcpOption.NoDelay, 0));
        Assert.Equal(1, program.Option(listener, OptionLevel.Tcp, TcpOption.NoDelay));
    }

    [Fact]
    public void Keep_alive_is_kept_and_its_time_is_positive()
    {
        var program = new Program();
        var listener = program.Listen();
        Assert.Equal(0, program.SetOption(listener, OptionLevel.Socket, SocketOption.KeepAlive, 1));
        Assert.Equal(0, program.SetOption(listener, OptionLevel.Tcp, TcpOption.KeepIdle, 5));
        Assert.True(program.SetOption(listener, OptionLevel.Tcp, TcpOption.KeepIdle, 0) < 0);
        Assert.Equal(1, program.Option(listener, OptionLevel.Socket, SocketOption.KeepAlive));
        Assert.Equal(5, program.Option(listener, OptionLevel.Tcp, TcpOption.KeepIdle));
    }

    [Theory]
    [InlineData(OptionLevel.Socket, 10)]
    [InlineData(OptionLevel.Tcp, 3)]
    [InlineData(OptionLevel.Tcp, 5)]
    [InlineData(99, 1)]
    public void Unsupported_options_are_refused(int level, int option)
    {
        var program = new Program();
        var socket = program.Socket();
        Assert.Equal(Result.Of(Errno.NoProtocolOption), program.SetOption(socket, level, option, 1));
        Assert.Equal(
            Result.Of(Errno.NoProtocolOption), program.Layer.GetOption(socket, level, option, new byte[4], out _));
    }

    private static int Ioctl(Program program, int socket, ulong request)
    {
        Assert.Equal(0, program.Layer.Ioctl(socket, request, out var value));
        return value;
    }
}
