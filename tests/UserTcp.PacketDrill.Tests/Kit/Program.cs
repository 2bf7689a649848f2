using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserTcp.PacketDrill.Settings;
using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.World;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Tests.Kit;

/// <summary>A program that makes socket calls, and a peer of raw segments. Numbers are relative to both ISNs.</summary>
internal sealed class Program
{
    public const uint Window = 32_792;

    private static readonly IpAddress Peer = IpAddress.From(System.Net.IPAddress.Parse("192.0.2.1"));

    private int _nextDescriptor = 3;

    public Program(StackSettings? settings = null, uint irs = uint.MaxValue - 3)
    {
        World = new VirtualWorld(settings ?? new StackSettings());
        Layer = new SocketLayer(World);
        Irs = new SeqNum(irs);
    }

    public VirtualWorld World { get; }

    public SocketLayer Layer { get; }

    public SeqNum Irs { get; }

    public SeqNum Iss { get; private set; }

    public Port PeerPort { get; set; } = new(50_000);

    public Port Port { get; private set; } = new(8080);

    public IpAddress Local => World.Settings.LocalIPv4;

    /// <summary>A TCP socket of IPv4, non-blocking by default.</summary>
    public int Socket(bool blocking = false)
    {
        var type = LinuxNumbers.Stream | (blocking ? 0 : LinuxNumbers.NonBlockingType);
        return (int)Layer.Socket(LinuxNumbers.InternetFamily, type, LinuxNumbers.TcpProtocol, _nextDescriptor++);
    }

    public int Epoll() => (int)Layer.EpollCreate(1, _nextDescriptor++);

    public static byte[] Address(IpAddress address, Port port)
    {
        var octets = new byte[16];
        new SocketAddress(address, port).Write(octets, LinuxNumbers.InternetFamily);
        return octets;
    }

    public int Listen(bool blocking = false)
    {
        var listener = Socket(blocking);
        Assert.Equal(0, Layer.Bind(listener, Address(Local, Port)));
        Assert.Equal(0, Layer.Listen(listener, 1));
        return listener;
    }

    /// <summary>A socket that has accepted the peer's connection.</summary>
    public int Accepted(bool blocking = false, ushort mss = 1000)
    {
        var listener = Listen(blocking);
        Handshake(mss);
        var socket = Accept(listener);
        Assert.True(socket > listener);
        if (blocking)
            return (int)socket;
        Assert.Equal(0, Layer.Fcntl((int)socket, LinuxNumbers.SetFlags, LinuxNumbers.NonBlocking));
        return (int)socket;
    }

    public long Accept(int listener) => Layer.Accept(listener, _nextDescriptor++, default, out _);

    public void Handshake(ushort mss = 1000)
    {
        Inject(TcpFlags.Syn, 0, 0, options: new TcpOptions { Mss = mss });
        ReceiveSynAck();
        Inject(TcpFlags.Ack, 1, 1);
    }

    /// <summary>Our SYN,ACK has been sent.</summary>
    public void ReceiveSynAck() => Iss = Sent().Seq;

    public long Connect(int socket) => Layer.Connect(socket, Address(Peer, PeerPort));

    /// <summary>A connect has sent its SYN: the fields that the peer's answer needs.</summary>
    public void ReceiveSyn()
    {
        var syn = Sent();
        Assert.Equal(TcpFlags.Syn, syn.Flags);
        (Iss, Port) = (syn.Seq, syn.SourcePort);
    }

    public void Inject(
        TcpFlags flags, uint seq, uint ack, int length = 0, uint window = Window, TcpOptions options = default)
    {
        var header = new TcpHeader(
            PeerPort, Port, Irs + seq, (flags & TcpFlags.Ack) != 0 ? Iss + ack : default, flags, (ushort)window);
        var tcp = new byte[TcpHeader.MaxLength + length];
        var size = header.Write(tcp, options) + length;
        for (var i = size - length; i < size; i++)
            tcp[i] = (byte)(i * 7);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(Peer, Local, IpProtocol.Tcp, size);
        sum.Add(tcp.AsSpan(0, size));
        TcpHeader.WriteChecksum(tcp, sum.Finish());
        var frame = new byte[IpHeader.LengthFor(Peer) + size];
        var ip = IpHeader.Write(frame, Peer, Local, IpProtocol.Tcp, size, 64, 0);
        tcp.AsSpan(0, size).CopyTo(frame.AsSpan(ip));
        World.Receive(frame);
    }

    /// <summary>The next sent segment.</summary>
    public TcpHeader Sent() => Sent(out _);

    public TcpHeader Sent(out int length)
    {
        Assert.True(World.TryDequeueFrame(out var frame), "nothing was sent");
        Assert.True(IpPacket.TryParse(frame.Octets, true, out var packet, out _));
        Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
        length = segment.Payload.Length;
        return new TcpHeader(
            segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags,
            segment.Window, segment.UrgentPointer);
    }

    /// <summary>Drains all sent frames; returns the octets of their data.</summary>
    public int DrainSent()
    {
        var total = 0;
        while (World.TryDequeueFrame(out var frame))
        {
            Assert.True(IpPacket.TryParse(frame.Octets, true, out var packet, out _));
            Assert.True(TcpSegment.TryParse(packet.Payload, out var segment));
            total += segment.Payload.Length;
        }

        return total;
    }

    public long Write(int socket, int length, MessageFlags flags = MessageFlags.None) =>
        Layer.Send(socket, new byte[length], flags);

    /// <summary>sendto the peer with MSG_FASTOPEN.</summary>
    public long SendTo(int socket, int length) =>
        Layer.SendTo(socket, new byte[length], MessageFlags.FastOpen, Address(Peer, PeerPort));

    public long Read(int socket, int length, MessageFlags flags = MessageFlags.None) =>
        Layer.Receive(socket, new byte[length], flags);

    public int Option(int socket, int level, int option)
    {
        var value = new byte[4];
        Assert.Equal(0, Layer.GetOption(socket, level, option, value, out var length));
        Assert.Equal(4, length);
        return BinaryPrimitives.ReadInt32LittleEndian(value);
    }

    public long SetOption(int socket, int level, int option, params int[] values) =>
        Layer.SetOption(socket, level, option, MemoryMarshal.AsBytes(values.AsSpan()));

    public PollEvents Poll(int socket, PollEvents events = PollEvents.In | PollEvents.Out | PollEvents.ReadHangUp)
    {
        var entries = new[] { new PollEntry(socket, events, PollEvents.None) };
        Layer.Poll(entries, 0);
        return entries[0].Returned;
    }

    public void Pass(TimeSpan span)
    {
        var end = World.Now + span;
        while (World.Step(end))
        {
        }
    }
}
