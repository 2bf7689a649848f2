using System.Buffers.Binary;
using System.Diagnostics;
using UserTcp.Differential.Scripts;
using UserTcp.Engine.Output;
using UserTcp.Tun;
using UserTcp.Wire;
using static Tmds.Linux.LibC;

namespace UserTcp.Differential.Stacks;

/// <summary>
/// The kernel's TCP in a network namespace of the calling thread, its only user. An echo request after each frame
/// avoids sleeps: once its reply arrives, the kernel has processed the frame.
/// </summary>
internal sealed class KernelStack : IStackUnderTest
{
    private const int EchoLength = 8;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly TunDevice _device;
    private readonly List<byte[]> _early = [];
    private readonly byte[] _frame = new byte[65_536];
    private readonly byte[] _echo = new byte[IpHeader.IPv4Length + EchoLength];
    private KernelSocket _listener = KernelSocket.None;
    private KernelSocket _connection = KernelSocket.None;
    private FourTuple _tuple;
    private uint _barrier;
    private long _count;

    private KernelStack(TunDevice device) => _device = device;

    /// <summary>Moves the calling thread into a new namespace, which ends with the thread.</summary>
    public static KernelStack OnThisThread()
    {
        NetworkNamespace.UnshareCurrentThread();
        NetworkNamespace.BringUpLoopback();
        KernelSettings.Apply();
        var options = new TunDeviceOptions { Name = "diff0", Mtu = Link.Mtu };
        options.KernelAddresses.Add(new TunAddress(Link.Stack, 24));
        var device = TunDevice.Open(options);
        KernelSettings.AcknowledgeAtOnce(device.Name);
        return new KernelStack(device);
    }

    public FourTuple Begin(Script script)
    {
        _tuple = Link.TupleOf(_count++);
        return _tuple;
    }

    public void End()
    {
        if (_connection.IsOpen)
        {
            _connection.ResetOnClose();
            _connection.Close();
        }

        if (_listener.IsOpen)
            _listener.Close();
        // Later frames belong to no connection of the test.
        Collect([]);
    }

    public long Listen()
    {
        _listener = KernelSocket.Create();
        var error = _listener.Bind(_tuple.LocalAddress, _tuple.LocalPort);
        return error < 0 ? error : _listener.Listen(backlog: 8);
    }

    public long Unlisten() => _listener.Close();

    public long Connect()
    {
        _connection = KernelSocket.Create();
        var error = _connection.Bind(_tuple.LocalAddress, _tuple.LocalPort);
        return error < 0 ? error : _connection.Connect(_tuple.RemoteAddress, _tuple.RemotePort);
    }

    public long Accept()
    {
        if (_connection.IsOpen)
            return -EINVAL;
        return _listener.Accept(out _connection);
    }

    public long Send(ReadOnlySpan<byte> octets) => _connection.Send(octets);

    public long Receive(Span<byte> octets) => _connection.Receive(octets);

    public long Shutdown() => _connection.Shutdown();

    public long Close(bool abort)
    {
        if (abort)
            _connection.ResetOnClose();
        return _connection.Close();
    }

    public long SetNoDelay() => _connection.SetNoDelay();

    public long SetKeepAlive() => _connection.SetKeepAlive(seconds: 1);

    public int? State() => _connection.IsOpen ? _connection.State() : null;

    public void Inject(ReadOnlySpan<byte> frame) => _device.Write(new Emission(frame));

    public void Wait(TimeSpan max)
    {
        // Frames that the kernel sends by itself are rarely TCP.
        var started = Stopwatch.GetTimestamp();
        while (_early.Count == 0 && max - Stopwatch.GetElapsedTime(started) is var left && left > TimeSpan.Zero)
        {
            var length = _device.Read(_frame);
            if (length == 0)
                _device.Wait(left);
            else
                Keep(length, _early);
        }
    }

    public void Collect(List<byte[]> frames)
    {
        frames.AddRange(_early);
        _early.Clear();
        if (_connection.IsOpen)
            _connection.Acknowledge();
        WriteEcho();
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var length = _device.Read(_frame);
            if (length == 0)
            {
                if (Stopwatch.GetElapsedTime(started) > Timeout)
                    throw new TimeoutException("The kernel does not answer an echo request.");
                _device.Wait(Timeout);
                continue;
            }

            if (Keep(length, frames))
                return;
        }
    }

    public void Dispose() => _device.Dispose();

    private void WriteEcho()
    {
        _barrier = unchecked(_barrier + 1);
        var peer = IpAddress.From(Link.Peer);
        var stack = IpAddress.From(Link.Stack);
        var at = IpHeader.Write(_echo, peer, stack, IpProtocol.Icmp, EchoLength, 64, 0);
        IcmpMessage.Write(_echo.AsSpan(at), IcmpV4.EchoRequest, 0, _barrier, default, peer, stack);
        _device.Write(new Emission(_echo));
    }

    /// <summary>Keeps a TCP frame; true for the echo reply.</summary>
    private bool Keep(int length, List<byte[]> frames)
    {
        if (!IpPacket.TryParse(_frame.AsSpan(0, length), verifyChecksum: false, out var packet, out _))
            return false;
        if (packet.Protocol == IpProtocol.Tcp)
            frames.Add(_frame.AsSpan(0, length).ToArray());
        return packet.Protocol == IpProtocol.Icmp && IsBarrier(packet);
    }

    private bool IsBarrier(in IpPacket packet) =>
        packet.Payload.Length >= EchoLength && packet.Payload[0] == IcmpV4.EchoReply
        && BinaryPrimitives.ReadUInt32BigEndian(packet.Payload[4..]) == _barrier;
}
