using Tmds.Linux;
using UserTcp.Wire;
using static Tmds.Linux.LibC;

namespace UserTcp.Differential.Stacks;

/// <summary>A TCP socket of the kernel, or none (-1). Results are 0 or more, or negative error numbers.</summary>
internal struct KernelSocket
{
    private const int NoDescriptor = -1;

    private int _descriptor;

    public static KernelSocket None => new() { _descriptor = NoDescriptor };

    public readonly bool IsOpen => _descriptor >= 0;

    public static KernelSocket Create() => new()
    {
        _descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
    };

    public readonly unsafe long Bind(IpAddress address, Port port)
    {
        Set(SOL_SOCKET, SO_REUSEADDR, 1);
        var name = NameOf(address, port);
        return Outcome(bind(_descriptor, (sockaddr*)&name, sizeof(sockaddr_in)));
    }

    public readonly unsafe long Connect(IpAddress address, Port port)
    {
        var name = NameOf(address, port);
        return Outcome(connect(_descriptor, (sockaddr*)&name, sizeof(sockaddr_in)));
    }

    public readonly long Listen(int backlog) => Outcome(listen(_descriptor, backlog));

    public readonly unsafe long Accept(out KernelSocket accepted)
    {
        var descriptor = accept4(_descriptor, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
        accepted = new KernelSocket { _descriptor = descriptor };
        return descriptor < 0 ? Outcome(descriptor) : 0;
    }

    public readonly unsafe long Send(ReadOnlySpan<byte> octets)
    {
        fixed (byte* start = octets)
            return Outcome(send(_descriptor, start, octets.Length, MSG_DONTWAIT | MSG_NOSIGNAL));
    }

    public readonly unsafe long Receive(Span<byte> octets)
    {
        fixed (byte* start = octets)
            return Outcome(recv(_descriptor, start, octets.Length, MSG_DONTWAIT));
    }

    public readonly long Shutdown() => Outcome(shutdown(_descriptor, SHUT_WR));

    public readonly long SetNoDelay() => Set(IPPROTO_TCP, TCP_NODELAY, 1);

    public readonly long SetKeepAlive(int seconds)
    {
        _ = Set(IPPROTO_TCP, TCP_KEEPIDLE, seconds);
        return Set(SOL_SOCKET, SO_KEEPALIVE, 1);
    }

    /// <summary>TCP_QUICKACK: sends a delayed ACK and delays none for a while.</summary>
    public readonly void Acknowledge() => Set(IPPROTO_TCP, TCP_QUICKACK, 1);

    public readonly unsafe void ResetOnClose()
    {
        var value = new linger { l_onoff = 1, l_linger = 0 };
        _ = setsockopt(_descriptor, SOL_SOCKET, SO_LINGER, &value, sizeof(linger));
    }

    public readonly unsafe int? State()
    {
        byte state;
        socklen_t length = sizeof(byte);
        return getsockopt(_descriptor, IPPROTO_TCP, TCP_INFO, &state, &length) == 0 ? state : null;
    }

    public long Close()
    {
        var result = Outcome(close(_descriptor));
        _descriptor = NoDescriptor;
        return result;
    }

    private readonly unsafe long Set(int level, int option, int value) =>
        Outcome(setsockopt(_descriptor, level, option, &value, sizeof(int)));

    private static long Outcome(long result) => result >= 0 ? result : -errno;

    private static unsafe sockaddr_in NameOf(IpAddress address, Port port)
    {
        var name = new sockaddr_in { sin_family = AF_INET, sin_port = htons(port.Value) };
        address.Write(new Span<byte>(name.sin_addr.s_addr, sizeof(in_addr)));
        return name;
    }
}
