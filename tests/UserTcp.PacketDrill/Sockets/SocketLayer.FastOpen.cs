using UserTcp.PacketDrill.Settings;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>Fast Open in Linux's socket API: MSG_FASTOPEN, TCP_FASTOPEN and TCP_FASTOPEN_CONNECT.</summary>
internal sealed partial class SocketLayer
{
    /// <summary>sendto: with MSG_FASTOPEN connect and send in one, else a send to the connected peer.</summary>
    public long SendTo(int descriptor, ReadOnlySpan<byte> octets, MessageFlags flags, ReadOnlySpan<byte> address)
    {
        if (!flags.HasFlag(MessageFlags.FastOpen))
            return Send(descriptor, octets, flags);
        if (!_sockets.TryGetValue(descriptor, out var socket))
            return Result.Of(Errno.BadDescriptor);
        if (!MayFastOpen || SocketAddress.FamilyOf(address) == LinuxNumbers.UnspecifiedFamily)
            return Result.Of(Errno.NotSupported);
        if (socket.IsConnecting)
            return GoOnWithOpen(socket, descriptor, octets, flags);
        if (socket.IsListening || socket.WasConnected)
            return Result.Of(Errno.IsConnected);
        return SocketAddress.Read(address, socket.Family, out var remote) is not Errno.None and var error
            ? Result.Of(error)
            : OpenWith(socket, remote, octets, flags);
    }

    private bool MayFastOpen => _world.Settings.FastOpen.HasFlag(FastOpenUse.Client);

    private bool TakesFastOpens(SocketFile socket) =>
        _world.Settings.FastOpen.HasFlag(FastOpenUse.Server) &&
        (_world.Settings.FastOpen.HasFlag(FastOpenUse.AllListeners) || socket.Settings.FastOpenBacklog > 0);

    private long SetFastOpenConnect(SocketFile socket, bool value)
    {
        if (!MayFastOpen)
            return Result.Of(Errno.NotSupported);
        if (socket.WasConnected || socket.IsConnecting)
            return Result.Of(Errno.Invalid);
        socket.Settings.FastOpenConnect = value;
        return Result.Success;
    }

    /// <summary>Without a cookie no data is accepted until the handshake is complete.</summary>
    private long OpenWith(SocketFile socket, SocketAddress remote, ReadOnlySpan<byte> octets, MessageFlags flags)
    {
        socket.Deferred = null;
        var early = Math.Min(Engine.GetFastOpenRoom(remote.Address, _world.Now), octets.Length);
        var error = Open(socket, remote, fastOpen: true, octets[..early]);
        if (error != Errno.None)
            return Result.Of(error);
        if (!MayWait(socket, flags))
            return early > 0 ? early : Result.Of(Errno.InProgress);
        socket.SentByBlockedCall = early;
        return Result.MustWait;
    }

    /// <summary>The opening call is repeated until the connection is open; then it is an ordinary send.</summary>
    private long GoOnWithOpen(SocketFile socket, int descriptor, ReadOnlySpan<byte> octets, MessageFlags flags)
    {
        if (socket.IsLive && !socket.WasConnected)
            return MayWait(socket, flags) ? Result.MustWait : Result.Of(Errno.AlreadyInProgress);
        if (!socket.WasConnected)
        {
            return Finish(
                socket,
                Result.Of(socket.ConsumeError() is not Errno.None and var error ? error : Errno.ConnectionAborted));
        }

        socket.IsConnecting = false;
        return Send(descriptor, octets, flags & ~MessageFlags.FastOpen);
    }
}
