using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Tests;

/// <summary>socket, bind, listen, accept and connect.</summary>
public class ConnectingTests
{
    [Theory]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    public void An_accept_without_a_connection_has_to_wait_and_then_has_one(uint irs)
    {
        var program = new Program(irs: irs);
        var listener = program.Listen(blocking: true);
        Assert.Equal(Result.MustWait, program.Accept(listener));
        program.Handshake();
        Assert.True(program.Accept(listener) > listener);
    }

    [Fact]
    public void A_non_blocking_accept_returns_EAGAIN()
    {
        var program = new Program();
        Assert.Equal(Result.Of(Errno.TryAgain), program.Accept(program.Listen()));
    }

    [Fact]
    public void The_peers_address_is_returned()
    {
        var program = new Program();
        var listener = program.Listen();
        program.Handshake();
        var address = new byte[16];
        Assert.True(program.Layer.Accept(listener, 90, address, out var length) > 0);
        Assert.Equal(16, length);
        Assert.Equal(Errno.None, SocketAddress.Read(address, LinuxNumbers.InternetFamily, out var peer));
        Assert.Equal(("192.0.2.1", program.PeerPort), (peer.Address.ToString(), peer.Port));
    }

    [Fact]
    public void A_non_blocking_connect_is_in_progress_then_already_then_done()
    {
        var program = new Program();
        var socket = program.Socket();
        Assert.Equal(Result.Of(Errno.InProgress), program.Connect(socket));
        Assert.Equal(Result.Of(Errno.AlreadyInProgress), program.Connect(socket));
        program.ReceiveSyn();
        program.Inject(TcpFlags.Syn | TcpFlags.Ack, 0, 1, options: new TcpOptions { Mss = 1000 });
        Assert.Equal(0, program.Option(socket, OptionLevel.Socket, SocketOption.Error));
        Assert.Equal(0, program.Connect(socket));
        Assert.Equal(Result.Of(Errno.IsConnected), program.Connect(socket));
    }

    [Fact]
    public void A_blocking_connect_ends_with_the_peers_answer()
    {
        var program = new Program();
        var socket = program.Socket(blocking: true);
        Assert.Equal(Result.MustWait, program.Connect(socket));
        Assert.Equal(Result.MustWait, program.Connect(socket));
        program.ReceiveSyn();
        program.Inject(TcpFlags.Syn | TcpFlags.Ack, 0, 1);
        Assert.Equal(0, program.Connect(socket));
    }

    [Fact]
    public void A_refused_connect_leaves_its_error_once()
    {
        var program = new Program();
        var socket = program.Socket();
        program.Connect(socket);
        program.ReceiveSyn();
        program.Inject(TcpFlags.Rst | TcpFlags.Ack, 0, 1);
        Assert.True(program.Poll(socket).HasFlag(PollEvents.Error | PollEvents.HangUp));
        Assert.Equal((int)Errno.ConnectionRefused, program.Option(socket, OptionLevel.Socket, SocketOption.Error));
        Assert.Equal(0, program.Option(socket, OptionLevel.Socket, SocketOption.Error));
    }

    [Fact]
    public void An_unanswered_connect_times_out_after_its_retries()
    {
        var settings = PacketDrill.Settings.StackSettings.Parse("");
        settings.SynRetries = 2;
        var program = new Program(settings);
        var socket = program.Socket(blocking: true);
        program.Connect(socket);
        program.Pass(TimeSpan.FromSeconds(6.9));
        Assert.Equal(Result.MustWait, program.Connect(socket));
        program.Pass(TimeSpan.FromSeconds(0.2));
        Assert.Equal(Result.Of(Errno.TimedOut), program.Connect(socket));
    }

    [Fact]
    public void A_foreign_address_cannot_be_bound_nor_a_port_twice()
    {
        var program = new Program();
        program.Listen();
        var socket = program.Socket();
        var foreign = Program.Address(IpAddress.FromIPv4(0x0A000001), new Port(1));
        Assert.Equal(Result.Of(Errno.AddressNotAvailable), program.Layer.Bind(socket, foreign));
        Assert.Equal(
            Result.Of(Errno.AddressInUse), program.Layer.Bind(socket, Program.Address(program.Local, program.Port)));
    }

    [Fact]
    public void A_socket_of_another_kind_is_refused()
    {
        var layer = new Program().Layer;
        Assert.Equal(Result.Of(Errno.FamilyNotSupported), layer.Socket(1, LinuxNumbers.Stream, 0, 3));
        Assert.Equal(Result.Of(Errno.ProtocolNotSupported), layer.Socket(LinuxNumbers.InternetFamily, 2, 17, 3));
        Assert.False(layer.Owns(3));
        Assert.Equal(Result.Of(Errno.BadDescriptor), layer.Close(3));
    }

    [Fact]
    public void A_mapped_address_on_an_IPv6_socket_is_the_IPv4_address()
    {
        var octets = new byte[28];
        var address = new SocketAddress(IpAddress.FromIPv4(0xC0A80001), new Port(8080));
        Assert.Equal(28, address.Write(octets, LinuxNumbers.Internet6Family));
        Assert.Equal(Errno.None, SocketAddress.Read(octets, LinuxNumbers.Internet6Family, out var read));
        Assert.True(read.Address.IsIPv4);
        Assert.Equal(address, read);
        Assert.Equal(Errno.Invalid, SocketAddress.Read(octets.AsSpan(0, 16), LinuxNumbers.Internet6Family, out _));
    }
}
