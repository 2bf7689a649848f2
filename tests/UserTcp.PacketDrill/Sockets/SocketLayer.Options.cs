using System.Runtime.InteropServices;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>
/// fcntl, ioctl and socket options. An unsupported option fails with ENOPROTOOPT, so that a script that needs it fails
/// at that call.
/// </summary>
internal sealed partial class SocketLayer
{
    private const int MinBuffer = 2304;
    private const int MaxSynRetries = 127;
    private const int MemoryInfoLength = 9 * sizeof(uint);

    public long Fcntl(int descriptor, int command, long argument)
    {
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        switch (command)
        {
            case LinuxNumbers.GetFlags:
                return LinuxNumbers.ReadWrite | (socket.IsNonBlocking ? LinuxNumbers.NonBlocking : 0);
            case LinuxNumbers.SetFlags:
                socket.IsNonBlocking = (argument & LinuxNumbers.NonBlocking) != 0;
                return Result.Success;
            default:
                return Result.Of(Errno.Invalid);
        }
    }

    public long Ioctl(int descriptor, ulong request, out int value)
    {
        value = 0;
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if (request is not (LinuxNumbers.InputQueue or LinuxNumbers.OutputQueue or LinuxNumbers.OutputQueueUnsent))
            return Result.Of(Errno.NotTerminal);
        if (socket.IsListening)
            return Result.Of(Errno.Invalid);
        if (socket.Connection is null)
            return Result.Success;
        var snapshot = Engine.GetSnapshot(socket.Connection);
        value = (int)(request == LinuxNumbers.InputQueue ? snapshot.ReceiveQueue
            : request == LinuxNumbers.OutputQueue ? snapshot.SendQueue
            : Unsent(snapshot));
        return Result.Success;
    }

    /// <summary>Writes the value, truncated to the buffer, and its length.</summary>
    public long GetOption(int descriptor, int level, int option, Span<byte> destination, out int length)
    {
        length = 0;
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        Span<byte> value = stackalloc byte[TcpInfo.Length];
        value.Clear();
        var size = level switch
        {
            OptionLevel.Socket => GetSocketOption(socket, option, value),
            OptionLevel.Tcp => GetTcpOption(socket, option, value),
            _ => -1,
        };
        if (size < 0)
            return Result.Of(Errno.NoProtocolOption);
        length = Math.Min(size, destination.Length);
        value[..length].CopyTo(destination);
        return Result.Success;
    }

    public long SetOption(int descriptor, int level, int option, ReadOnlySpan<byte> octets)
    {
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        // Options of SOL_IP may be a single octet.
        if (octets.Length < (level == OptionLevel.Ip ? 1 : sizeof(int)))
            return Result.Of(Errno.Invalid);
        var value = octets.Length < sizeof(int) ? octets[0] : MemoryMarshal.Read<int>(octets);
        return level switch
        {
            OptionLevel.Socket => SetSocketOption(socket, option, value, octets),
            OptionLevel.Tcp => SetTcpOption(socket, option, value),
            // The link never fragments, and there is no path MTU discovery.
            OptionLevel.Ip when option == IpOption.MtuDiscover => Result.Success,
            OptionLevel.Ip when option == IpOption.TypeOfService => SetTypeOfService(socket, value),
            // Only the stack's addresses can be bound, so that IP_FREEBIND has no effect.
            OptionLevel.Ip when option == IpOption.FreeBind => Result.Success,
            _ => Result.Of(Errno.NoProtocolOption),
        };
    }

    private int GetSocketOption(SocketFile socket, int option, Span<byte> value)
    {
        switch (option)
        {
            case SocketOption.Linger:
                PutInt(value, socket.Settings.Linger is null ? 0 : 1);
                PutInt(value[sizeof(int)..], socket.Settings.Linger ?? 0);
                return 2 * sizeof(int);
            case SocketOption.MemoryInfo:
                PutInt(value[sizeof(int)..], ReceiveBufferOf(socket));
                PutInt(value[(3 * sizeof(int))..], SendBufferOf(socket));
                return MemoryInfoLength;
            default:
                return NumberOf(socket, option) is { } number ? PutInt(value, number) : -1;
        }
    }

    private int? NumberOf(SocketFile socket, int option) => option switch
    {
        SocketOption.ReuseAddress => socket.Settings.ReuseAddress ? 1 : 0,
        SocketOption.Type => LinuxNumbers.Stream,
        SocketOption.Error => (int)socket.ConsumeError(),
        SocketOption.SendBuffer => SendBufferOf(socket),
        SocketOption.ReceiveBuffer => ReceiveBufferOf(socket),
        SocketOption.KeepAlive => socket.Settings.KeepAlive ? 1 : 0,
        SocketOption.ReceiveLowWater => socket.Settings.ReceiveLowWater,
        SocketOption.AcceptsConnections => socket.IsListening ? 1 : 0,
        SocketOption.Protocol => LinuxNumbers.TcpProtocol,
        SocketOption.Domain => socket.Family,
        _ => null,
    };

    private int GetTcpOption(SocketFile socket, int option, Span<byte> value)
    {
        switch (option)
        {
            case TcpOption.NoDelay:
                return PutInt(value, socket.Settings.NoDelay ? 1 : 0);
            case TcpOption.KeepIdle:
                return PutInt(value, socket.Settings.KeepIdle);
            case TcpOption.SynCount:
                return PutInt(
                    value, socket.Settings.SynCount == 0 ? _world.Settings.SynRetries : socket.Settings.SynCount);
            case TcpOption.UserTimeout:
                return PutInt(value, socket.Settings.UserTimeout);
            case TcpOption.MaximumSegment:
                return PutInt(value, TcpInfo.SendMss(socket, Engine));
            case TcpOption.FastOpen:
                return PutInt(value, socket.Settings.FastOpenBacklog);
            case TcpOption.FastOpenConnect:
                return PutInt(value, socket.Settings.FastOpenConnect ? 1 : 0);
            case TcpOption.NotSentLowWater:
                return PutInt(value, unchecked((int)socket.Settings.NotSentLowWater));
            case TcpOption.Info:
                TcpInfo.Write(value, socket, _world);
                return TcpInfo.Length;
            case TcpOption.CongestionInfo:
                // NewReno, which the scripts use, has no TCP_CC_INFO.
                return 0;
            default:
                return -1;
        }
    }

    private long SetSocketOption(SocketFile socket, int option, int value, ReadOnlySpan<byte> octets)
    {
        switch (option)
        {
            case SocketOption.ReuseAddress:
                socket.Settings.ReuseAddress = value != 0;
                return Result.Success;
            case SocketOption.SendBuffer:
                socket.Settings.SendBuffer = Doubled(value);
                return Result.Success;
            case SocketOption.ReceiveBuffer:
                socket.Settings.ReceiveBuffer = Doubled(value);
                return Result.Success;
            case SocketOption.KeepAlive:
                socket.Settings.KeepAlive = value != 0;
                return Apply(socket);
            case SocketOption.ReceiveLowWater:
                socket.Settings.ReceiveLowWater = Math.Max(value, 1);
                return Result.Success;
            case SocketOption.Linger when octets.Length >= 2 * sizeof(int):
                socket.Settings.Linger = value == 0 ? null : MemoryMarshal.Read<int>(octets[sizeof(int)..]);
                return Result.Success;
            default:
                return Result.Of(option == SocketOption.Linger ? Errno.Invalid : Errno.NoProtocolOption);
        }
    }

    private long SetTcpOption(SocketFile socket, int option, int value)
    {
        switch (option)
        {
            case TcpOption.NoDelay:
                socket.Settings.NoDelay = value != 0;
                return Apply(socket);
            case TcpOption.KeepIdle when value > 0:
                socket.Settings.KeepIdle = value;
                return Apply(socket);
            case TcpOption.SynCount when value is > 0 and <= MaxSynRetries:
                socket.Settings.SynCount = value;
                return Apply(socket);
            case TcpOption.UserTimeout when value >= 0:
                socket.Settings.UserTimeout = value;
                return Apply(socket);
            case TcpOption.FastOpen when value >= 0 && !socket.WasConnected && !socket.IsConnecting:
                socket.Settings.FastOpenBacklog = value;
                return Result.Success;
            case TcpOption.FastOpenConnect when value is 0 or 1:
                return SetFastOpenConnect(socket, value != 0);
            case TcpOption.NotSentLowWater:
                socket.Settings.NotSentLowWater = unchecked((uint)value);
                return Result.Success;
            default:
                return Result.Of(IsKnown(option) ? Errno.Invalid : Errno.NoProtocolOption);
        }
    }

    private static bool IsKnown(int option) =>
        option is TcpOption.KeepIdle or TcpOption.SynCount or TcpOption.UserTimeout or TcpOption.FastOpen
            or TcpOption.FastOpenConnect;

    private long SetTypeOfService(SocketFile socket, int value)
    {
        socket.Settings.TypeOfService = (byte)value;
        return Apply(socket);
    }

    /// <summary>Applies the option to the connection, if there is one.</summary>
    private long Apply(SocketFile socket)
    {
        if (socket.Connection is not null)
            Engine.SetOptions(socket.Connection, socket.Settings.ToConnectionOptions(socket.WasConnected), _world.Now);
        _world.Pump();
        return Result.Success;
    }

    // Linux doubles the value to account for overhead.
    private static int Doubled(int asked) => (int)Math.Clamp(2L * asked, 2 * MinBuffer, int.MaxValue);

    private int ReceiveBufferOf(SocketFile socket) => socket.Settings.ReceiveBuffer ?? _world.Settings.ReceiveBuffer;

    private int SendBufferOf(SocketFile socket) => socket.Settings.SendBuffer ?? _world.Settings.SendBuffer;

    private static int PutInt(Span<byte> destination, int value)
    {
        MemoryMarshal.Write(destination, value);
        return sizeof(int);
    }
}
