using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Tests;

/// <summary>Reading and writing.</summary>
public class TransferTests
{
    [Theory]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    public void A_read_consumes_data_and_a_peek_does_not(uint irs)
    {
        var program = new Program(irs: irs);
        var socket = program.Accepted();
        Assert.Equal(Result.Of(Errno.TryAgain), program.Read(socket, 100));
        program.Inject(TcpFlags.Ack, 1, 1, length: 1000);
        var peeked = new byte[1000];
        var read = new byte[1000];
        Assert.Equal(1000, program.Layer.Receive(socket, peeked, MessageFlags.Peek));
        Assert.Equal(400, program.Layer.Receive(socket, read.AsSpan(0, 400), MessageFlags.None));
        Assert.Equal(600, program.Layer.Receive(socket, read.AsSpan(400), MessageFlags.None));
        Assert.Equal(peeked, read);
        Assert.Equal(Result.Of(Errno.TryAgain), program.Read(socket, 1));
    }

    [Fact]
    public void A_blocking_read_waits_for_data()
    {
        var program = new Program();
        var socket = program.Accepted(blocking: true);
        Assert.Equal(Result.MustWait, program.Read(socket, 2000));
        Assert.Equal(Result.Of(Errno.TryAgain), program.Read(socket, 2000, MessageFlags.DoNotWait));
        program.Inject(TcpFlags.Ack, 1, 1, length: 1000);
        Assert.Equal(Result.MustWait, program.Read(socket, 2000, MessageFlags.WaitAll));
        Assert.Equal(1000, program.Read(socket, 2000));
    }

    [Fact]
    public void Truncation_consumes_without_copying()
    {
        var program = new Program();
        var socket = program.Accepted();
        program.Inject(TcpFlags.Ack, 1, 1, length: 1000);
        var buffer = new byte[1000];
        Assert.Equal(1000, program.Layer.Receive(socket, buffer, MessageFlags.Truncate));
        Assert.All(buffer, octet => Assert.Equal(0, octet));
        Assert.Equal(Result.Of(Errno.TryAgain), program.Read(socket, 1));
    }

    [Fact]
    public void The_end_of_the_peers_data_reads_as_zero()
    {
        var program = new Program();
        var socket = program.Accepted();
        program.Inject(TcpFlags.Ack | TcpFlags.Fin, 1, 1, length: 10);
        Assert.Equal(10, program.Read(socket, 100));
        Assert.Equal(0, program.Read(socket, 100));
    }

    [Fact]
    public void A_reset_is_an_error_once_and_then_the_end()
    {
        var program = new Program();
        var socket = program.Accepted();
        program.Inject(TcpFlags.Rst, 1, 0);
        Assert.Equal(Result.Of(Errno.ConnectionReset), program.Read(socket, 100));
        Assert.Equal(0, program.Read(socket, 100));
        Assert.Equal(Result.Of(Errno.BrokenPipe), program.Write(socket, 1));
    }

    [Fact]
    public void A_socket_without_a_connection_neither_reads_nor_writes()
    {
        var program = new Program();
        var socket = program.Socket();
        Assert.Equal(Result.Of(Errno.NotConnected), program.Read(socket, 1));
        Assert.Equal(Result.Of(Errno.BrokenPipe), program.Write(socket, 1));
        Assert.Equal(Result.Of(Errno.NotConnected), program.Layer.Shutdown(socket, LinuxNumbers.ShutBoth));
    }

    [Fact]
    public void A_write_fills_the_buffer_in_whole_pieces_of_half_the_window()
    {
        var settings = PacketDrill.Settings.StackSettings.Parse("wmem=50000");
        var program = new Program(settings);
        var socket = program.Accepted();
        Assert.Equal(58_000, program.Write(socket, 59_000));
        Assert.Equal(10_000, program.DrainSent());
        Assert.Equal(Result.Of(Errno.TryAgain), program.Write(socket, 1));
        Assert.False(program.Poll(socket).HasFlag(PollEvents.Out));
    }

    [Fact]
    public void A_blocking_write_continues_once_a_third_of_the_buffer_is_free()
    {
        var program = new Program();
        var socket = program.Accepted(blocking: true);
        program.SetOption(socket, OptionLevel.Socket, SocketOption.SendBuffer, 15_000);
        Assert.Equal(Result.MustWait, program.Write(socket, 60_000));
        program.DrainSent();
        uint acknowledged = 1;
        long result = Result.MustWait;
        for (var i = 0; i < 60 && result == Result.MustWait; i++)
        {
            acknowledged += (uint)(i == 0 ? 10_000 : program.DrainSent());
            program.Inject(TcpFlags.Ack, 1, acknowledged);
            result = program.Write(socket, 60_000);
        }

        Assert.Equal(60_000, result);
    }

    [Fact]
    public void Unsent_data_can_be_limited()
    {
        var program = new Program();
        var socket = program.Accepted();
        program.SetOption(socket, OptionLevel.Tcp, TcpOption.NotSentLowWater, 4000);
        Assert.Equal(26_000, program.Write(socket, 59_000));
        Assert.Equal(4000, program.Option(socket, OptionLevel.Tcp, TcpOption.NotSentLowWater));
    }

    [Fact]
    public void Fast_open_and_out_of_band_data_are_refused()
    {
        var program = new Program();
        var socket = program.Accepted();
        Assert.Equal(Result.Of(Errno.NotSupported), program.Write(socket, 1, MessageFlags.FastOpen));
        Assert.Equal(Result.Of(Errno.NotSupported), program.Write(socket, 1, MessageFlags.OutOfBand));
        Assert.Equal(Result.Of(Errno.TryAgain), program.Read(socket, 1, MessageFlags.ErrorQueue));
    }
}
