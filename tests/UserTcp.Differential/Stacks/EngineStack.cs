using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserTcp.Differential.Scripts;
using UserTcp.PacketDrill.Settings;
using UserTcp.PacketDrill.Sockets;
using UserTcp.PacketDrill.World;
using UserTcp.Wire;

namespace UserTcp.Differential.Stacks;

/// <summary>The engine in virtual time under Linux's socket calls. Only <see cref="Wait"/> advances time.</summary>
internal sealed class EngineStack : IStackUnderTest
{
    private const int ListenerDescriptor = 3;
    private const int ConnectionDescriptor = 4;
    private const int AddressLength = 16;
    private const int ClosedState = 7;

    // As the kernel is configured: no delayed ACKs, no limit of challenge ACKs, and long timers.
    private const string Flags =
        "quick_acks=65536,delayed_ack_ms=0,challenge_ack_ms=0,min_rto_ms=2000,rto_above_srtt_ms=1000";

    private static readonly FourTuple Tuple = Link.TupleOf(0);
    private static readonly TimeSpan TimePerNumber = TimeSpan.FromMicroseconds(4);
    // The engine's accounting per half-open connection.
    private static readonly TimeSpan TimePerSegment = TimeSpan.FromMilliseconds(1);
    private static readonly uint FirstStart = FindStart();

    private readonly List<byte[]> _early = [];
    private VirtualWorld _world = NewWorld();
    private SocketLayer _sockets = null!;

    /// <summary>The state of the engine's connection.</summary>
    public Situation Look() =>
        Situation.Of(_world.Engine.GetSnapshots(_world.Now), State() is { } state && state != ClosedState);

    /// <summary>
    /// The ISN clock adds one per 4 microseconds, so that each ISN has a time (RFC 9293 section 3.4.1).
    /// </summary>
    public FourTuple Begin(Script script)
    {
        _world = NewWorld();
        _world.MoveTo(_world.Now + (unchecked(script.StackStart - FirstStart) * TimePerNumber));
        _sockets = new SocketLayer(_world);
        _early.Clear();
        return Tuple;
    }

    public void End() => _world.Engine.Dispose();

    public long Listen()
    {
        _sockets.Socket(
            LinuxNumbers.InternetFamily, LinuxNumbers.Stream | LinuxNumbers.NonBlockingType, 0, ListenerDescriptor);
        var error = _sockets.Bind(ListenerDescriptor, Address(Tuple.LocalAddress, Tuple.LocalPort));
        return error < 0 ? error : _sockets.Listen(ListenerDescriptor, backlog: 8);
    }

    public long Unlisten() => _sockets.Close(ListenerDescriptor);

    public long Connect()
    {
        _sockets.Socket(
            LinuxNumbers.InternetFamily, LinuxNumbers.Stream | LinuxNumbers.NonBlockingType, 0, ConnectionDescriptor);
        var error = _sockets.Bind(ConnectionDescriptor, Address(Tuple.LocalAddress, Tuple.LocalPort));
        return error < 0
            ? error
            : _sockets.Connect(ConnectionDescriptor, Address(Tuple.RemoteAddress, Tuple.RemotePort));
    }

    public long Accept()
    {
        if (_sockets.Owns(ConnectionDescriptor))
            return Result.Of(Errno.Invalid);
        var result = _sockets.Accept(ListenerDescriptor, ConnectionDescriptor, default, out _);
        if (result < 0)
            return result;
        _sockets.Fcntl(ConnectionDescriptor, LinuxNumbers.SetFlags, LinuxNumbers.NonBlocking);
        return Result.Success;
    }

    public long Send(ReadOnlySpan<byte> octets) => _sockets.Send(ConnectionDescriptor, octets, MessageFlags.DoNotWait);

    public long Receive(Span<byte> octets) => _sockets.Receive(ConnectionDescriptor, octets, MessageFlags.DoNotWait);

    public long Shutdown() => _sockets.Shutdown(ConnectionDescriptor, LinuxNumbers.ShutWrites);

    public long Close(bool abort)
    {
        if (abort)
        {
            Span<int> linger = [1, 0];
            _sockets.SetOption(
                ConnectionDescriptor, OptionLevel.Socket, SocketOption.Linger, MemoryMarshal.AsBytes(linger));
        }

        return _sockets.Close(ConnectionDescriptor);
    }

    public long SetNoDelay()
    {
        ReadOnlySpan<int> on = [1];
        return _sockets.SetOption(ConnectionDescriptor, OptionLevel.Tcp, TcpOption.NoDelay, MemoryMarshal.AsBytes(on));
    }

    public long SetKeepAlive()
    {
        ReadOnlySpan<int> on = [1];
        _sockets.SetOption(ConnectionDescriptor, OptionLevel.Tcp, TcpOption.KeepIdle, MemoryMarshal.AsBytes(on));
        return _sockets.SetOption(
            ConnectionDescriptor, OptionLevel.Socket, SocketOption.KeepAlive, MemoryMarshal.AsBytes(on));
    }

    public int? State()
    {
        Span<byte> info = stackalloc byte[TcpInfo.Length];
        return _sockets.GetOption(ConnectionDescriptor, OptionLevel.Tcp, TcpOption.Info, info, out _) < 0
            ? null
            : info[TcpInfo.State];
    }

    /// <summary>A segment takes time, so that a second connection has another ISN (RFC 9293 section 3.4.1).</summary>
    public void Inject(ReadOnlySpan<byte> frame)
    {
        _world.Receive(frame);
        _world.MoveTo(_world.Now + TimePerSegment);
    }

    public void Wait(TimeSpan max)
    {
        var end = _world.Now + max;
        while (!TakeFrames(_early) && _world.Step(end))
        {
        }
    }

    /// <summary>Timers due now belong to this moment, such as an ACK with zero delay.</summary>
    public void Collect(List<byte[]> frames)
    {
        frames.AddRange(_early);
        _early.Clear();
        _world.MoveTo(_world.Now);
        TakeFrames(frames);
    }

    public void Dispose()
    {
        // Each connection has its own world.
    }

    private static VirtualWorld NewWorld() => new(StackSettings.Parse($"local4={Link.Stack},mtu={Link.Mtu},{Flags}"));

    /// <summary>The ISN of a connection at time zero.</summary>
    private static uint FindStart()
    {
        using var stack = new EngineStack();
        stack._sockets = new SocketLayer(stack._world);
        stack.Connect();
        stack._world.TryDequeueFrame(out var frame);
        return BinaryPrimitives.ReadUInt32BigEndian(frame.Octets.AsSpan(IpHeader.IPv4Length + sizeof(uint)));
    }

    private bool TakeFrames(List<byte[]> frames)
    {
        var count = frames.Count;
        while (_world.TryDequeueFrame(out var frame))
            frames.Add(frame.Octets);
        return frames.Count > count;
    }

    private static byte[] Address(IpAddress address, Port port)
    {
        var octets = new byte[AddressLength];
        BinaryPrimitives.WriteUInt16LittleEndian(octets, LinuxNumbers.InternetFamily);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), port.Value);
        address.Write(octets.AsSpan(4));
        return octets;
    }
}
