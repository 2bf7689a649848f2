using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.PacketDrill.World;
using UserTcp.Wire;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>
/// Linux's socket calls over an engine in virtual time. A call that would block returns <see cref="Result.MustWait"/>,
/// and the caller repeats it. The caller allocates descriptors; the layer maps them to sockets.
/// </summary>
internal sealed partial class SocketLayer
{
    private readonly VirtualWorld _world;
    private readonly Dictionary<int, SocketFile> _sockets = [];
    private readonly Dictionary<int, EpollFile> _epolls = [];

    public SocketLayer(VirtualWorld world)
    {
        _world = world;
        world.OnEvent = Dispatch;
    }

    private TcpEngine Engine => _world.Engine;

    public bool Owns(int descriptor) => _sockets.ContainsKey(descriptor) || _epolls.ContainsKey(descriptor);

    public long Socket(int family, int type, int protocol, int descriptor)
    {
        if (family is not (LinuxNumbers.InternetFamily or LinuxNumbers.Internet6Family))
            return Result.Of(Errno.FamilyNotSupported);
        if ((type & LinuxNumbers.TypeMask) != LinuxNumbers.Stream || protocol is not (0 or LinuxNumbers.TcpProtocol))
            return Result.Of(Errno.ProtocolNotSupported);
        _sockets.Add(
            descriptor, new SocketFile(_world, family) { IsNonBlocking = (type & LinuxNumbers.NonBlockingType) != 0 });
        return descriptor;
    }

    public long Bind(int descriptor, ReadOnlySpan<byte> address)
    {
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if (SocketAddress.Read(address, socket.Family, out var local) is not Errno.None and var error)
            return Result.Of(error);
        if (socket.Local is not null)
            return Result.Of(Errno.Invalid);
        if (!local.Address.IsUnspecified && !_world.Settings.Addresses.Contains(local.Address))
            return Result.Of(Errno.AddressNotAvailable);
        if (_sockets.Values.Any(other => IsInTheWay(other, socket, local)))
            return Result.Of(Errno.AddressInUse);
        socket.Local = local;
        return Result.Success;
    }

    public long Listen(int descriptor, int backlog)
    {
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if (socket.IsListening)
            return Result.Success;
        if (socket.Connection is not null)
            return Result.Of(Errno.Invalid);
        var any = socket.Family == LinuxNumbers.InternetFamily ? IpAddress.AnyIPv4 : IpAddress.AnyIPv6;
        var local = socket.Local ?? new SocketAddress(any, default);
        // Linux accepts one more than the backlog.
        var options = socket.Settings.ToConnectionOptions() with { FastOpen = TakesFastOpens(socket) };
        var error = Engine.Listen(local.Address, local.Port, Math.Max(backlog, 0) + 1, options, out var listener);
        if (listener is null)
            return Result.Of(ErrnoOf(error));
        listener.Owner = socket;
        socket.Listener = listener;
        socket.Local = local with { Port = listener.LocalPort };
        return Result.Success;
    }

    public long Accept(int descriptor, int newDescriptor, Span<byte> address, out int addressLength)
    {
        addressLength = 0;
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if (socket.Listener is not { } listener)
            return Result.Of(Errno.Invalid);
        if (!Engine.TryAccept(listener, out var connection))
            return socket.IsNonBlocking ? Result.Of(Errno.TryAgain) : Result.MustWait;
        var accepted = new SocketFile(_world, socket.Family)
        {
            Connection = connection,
            WasConnected = true,
            Settings = socket.Settings with { },
            Local = new SocketAddress(connection!.Tuple.LocalAddress, connection.Tuple.LocalPort),
        };
        connection.Owner = accepted;
        _sockets.Add(newDescriptor, accepted);
        Engine.SetOptions(connection, accepted.Settings.ToConnectionOptions(isConnected: true), _world.Now);
        addressLength = new SocketAddress(connection.Tuple.RemoteAddress, connection.Tuple.RemotePort)
            .Write(address, socket.Family);
        _world.Pump();
        return newDescriptor;
    }

    public long Connect(int descriptor, ReadOnlySpan<byte> address)
    {
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if (SocketAddress.FamilyOf(address) == LinuxNumbers.UnspecifiedFamily)
            return Disconnect(socket);
        if (SocketAddress.Read(address, socket.Family, out var remote) is not Errno.None and var error)
            return Result.Of(error);
        if (socket.IsListening || socket.Deferred is not null || (socket.WasConnected && !socket.IsConnecting))
            return Result.Of(Errno.IsConnected);
        if (socket.IsConnecting)
            return OutcomeOfConnect(socket);
        if (socket.Settings.FastOpenConnect && Engine.GetFastOpenRoom(remote.Address, _world.Now) > 0)
        {
            socket.Deferred = remote;
            return Result.Success;
        }

        var failure = Open(socket, remote, socket.Settings.FastOpenConnect, default);
        if (failure != Errno.None)
            return Result.Of(failure);
        return socket.IsNonBlocking ? Result.Of(Errno.InProgress) : Result.MustWait;
    }

    public long Shutdown(int descriptor, int how)
    {
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if (how is < LinuxNumbers.ShutReads or > LinuxNumbers.ShutBoth)
            return Result.Of(Errno.Invalid);
        if (!socket.IsLive && !socket.IsListening)
            return Result.Of(Errno.NotConnected);
        if (how != LinuxNumbers.ShutWrites)
            socket.ReadsShut = true;
        if (how != LinuxNumbers.ShutReads && !socket.WritesShut)
            ShutWrites(socket);
        socket.Watchers.ForEach(watcher =>
            watcher.Wake(PollEvents.In | PollEvents.Out | PollEvents.ReadHangUp | PollEvents.HangUp));
        _world.Pump();
        return Result.Success;
    }

    public long Close(int descriptor)
    {
        if (_epolls.Remove(descriptor, out var epoll))
        {
            epoll.Clear();
            return Result.Success;
        }

        if (!_sockets.Remove(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        foreach (var watching in _epolls.Values)
            watching.Forget(socket);
        Release(socket);
        _world.Pump();
        return Result.Success;
    }

    private static bool IsInTheWay(SocketFile other, SocketFile socket, SocketAddress local) =>
        other.Local is { } taken && local.Port.Value != 0 && taken.Port == local.Port &&
        (taken.Address == local.Address || taken.Address.IsUnspecified || local.Address.IsUnspecified) &&
        (other.IsListening || !other.Settings.ReuseAddress || !socket.Settings.ReuseAddress);

    private void ShutWrites(SocketFile socket)
    {
        socket.WritesShut = true;
        if (socket.Connection is not null)
        {
            // Linux disconnects and reports it.
            if (socket.Connection.State == TcpState.SynSent)
                socket.Error = Errno.ConnectionReset;
            Engine.Shutdown(socket.Connection, _world.Now);
            return;
        }

        Engine.CloseListener(socket.Listener!, _world.Now);
        socket.Listener = null;
    }

    private void Release(SocketFile socket)
    {
        if (socket.Listener is not null)
            Engine.CloseListener(socket.Listener, _world.Now);
        if (socket.Connection is null)
            return;
        socket.Connection.Owner = null;
        if (socket.Settings.Linger == 0)
            Engine.Abort(socket.Connection, _world.Now);
        Engine.Close(socket.Connection, _world.Now);
        socket.DropReceived();
    }

    /// <summary>Sends a SYN, and with it as much of <paramref name="early"/> as the peer's cookie allows.</summary>
    private Errno Open(SocketFile socket, SocketAddress remote, bool fastOpen, ReadOnlySpan<byte> early)
    {
        var error = Engine.Open(
            socket.Local?.Address, socket.Local?.Port ?? default, remote.Address, remote.Port,
            socket.Settings.ToConnectionOptions() with { FastOpen = fastOpen }, _world.Now, out var connection);
        if (connection is null)
            return ErrnoOf(error);
        connection.Owner = socket;
        socket.Connection = connection;
        socket.Local = new SocketAddress(connection.Tuple.LocalAddress, connection.Tuple.LocalPort);
        socket.IsConnecting = true;
        if (!early.IsEmpty)
            Engine.Send(connection, Chain(early), _world.Now);
        _world.Pump();
        return Errno.None;
    }

    /// <summary>A repeated connect: by a blocked caller, or by a non-blocking program.</summary>
    private static long OutcomeOfConnect(SocketFile socket)
    {
        if (socket.IsLive && !socket.WasConnected)
            return socket.IsNonBlocking ? Result.Of(Errno.AlreadyInProgress) : Result.MustWait;
        socket.IsConnecting = false;
        if (socket.WasConnected)
            return Result.Success;
        socket.Connection = null;
        return Result.Of(socket.ConsumeError() is not Errno.None and var error ? error : Errno.ConnectionAborted);
    }

    private long Disconnect(SocketFile socket)
    {
        if (socket.Connection is not null)
        {
            socket.Connection.Owner = null;
            Engine.Abort(socket.Connection, _world.Now);
            socket.DropReceived();
            Engine.Close(socket.Connection, _world.Now);
        }

        socket.Connection = null;
        socket.Deferred = null;
        socket.IsConnecting = socket.WasConnected = socket.ReadsShut = socket.WritesShut = socket.PeerIsDone = false;
        socket.Error = Errno.None;
        _world.Pump();
        return Result.Success;
    }
}
