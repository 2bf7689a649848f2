using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UserTcp.Wire;

namespace UserTcp.Differential.Stacks;

/// <summary>A TCP socket of the kernel, or none (-1). Results are 0 or more, or negative error numbers.</summary>
internal struct KernelSocket
{
    private const int NoDescriptor = -1;
    private const int AddressLength = 16;

    private int _descriptor;

    public static KernelSocket None => new() { _descriptor = NoDescriptor };

    public readonly bool IsOpen => _descriptor >= 0;

    public static KernelSocket Create() => new()
    {
        _descriptor = LibC.socket(LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0),
    };

    public readonly unsafe long Bind(IpAddress address, Port port)
    {
        Set(LibC.SOL_SOCKET, LibC.SO_REUSEADDR, 1);
        var octets = stackalloc byte[AddressLength];
        Write(new Span<byte>(octets, AddressLength), address, port);
        return Outcome(LibC.bind(_descriptor, octets, AddressLength));
    }

    public readonly unsafe long Connect(IpAddress address, Port port)
    {
        var octets = stackalloc byte[AddressLength];
        Write(new Span<byte>(octets, AddressLength), address, port);
        return Outcome(LibC.connect(_descriptor, octets, AddressLength));
    }

    public readonly long Listen(int backlog) => Outcome(LibC.listen(_descriptor, backlog));

    public readonly unsafe long Accept(out KernelSocket accepted)
    {
        var descriptor = LibC.accept4(_descriptor, null, null, LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC);
        accepted = new KernelSocket { _descriptor = descriptor };
        return descriptor < 0 ? Outcome(descriptor) : 0;
    }

    public readonly unsafe long Send(ReadOnlySpan<byte> octets)
    {
        fixed (byte* start = octets)
            return Outcome(LibC.send(_descriptor, start, (nuint)octets.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL));
    }

    public readonly unsafe long Receive(Span<byte> octets)
    {
        fixed (byte* start = octets)
            return Outcome(LibC.recv(_descriptor, start, (nuint)octets.Length, LibC.MSG_DONTWAIT));
    }

    public readonly long Shutdown() => Outcome(LibC.shutdown(_descriptor, LibC.SHUT_WR));

    public readonly long SetNoDelay() => Set(LibC.IPPROTO_TCP, LibC.TCP_NODELAY, 1);

    public readonly long SetKeepAlive(int seconds)
    {
        _ = Set(LibC.IPPROTO_TCP, LibC.TCP_KEEPIDLE, seconds);
        return Set(LibC.SOL_SOCKET, LibC.SO_KEEPALIVE, 1);
    }

    /// <summary>TCP_QUICKACK: sends a delayed ACK and delays none for a while.</summary>
    public readonly void Acknowledge() => Set(LibC.IPPROTO_TCP, LibC.TCP_QUICKACK, 1);

    public readonly unsafe void ResetOnClose()
    {
        var linger = stackalloc int[2] { 1, 0 };
        _ = LibC.setsockopt(_descriptor, LibC.SOL_SOCKET, LibC.SO_LINGER, linger, 2 * sizeof(int));
    }

    public readonly unsafe int? State()
    {
        byte state;
        var length = 1u;
        return LibC.getsockopt(_descriptor, LibC.IPPROTO_TCP, LibC.TCP_INFO, &state, &length) == 0 ? state : null;
    }

    public long Close()
    {
        var result = Outcome(LibC.close(_descriptor));
        _descriptor = NoDescriptor;
        return result;
    }

    private readonly unsafe long Set(int level, int option, int value) =>
        Outcome(LibC.setsockopt(_descriptor, level, option, &value, sizeof(int)));

    private static long Outcome(nint result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    private static void Write(Span<byte> octets, IpAddress address, Port port)
    {
        octets.Clear();
        MemoryMarshal.Write(octets, (ushort)LibC.AF_INET);
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], port.Value);
        address.Write(octets[4..]);
    }
}
