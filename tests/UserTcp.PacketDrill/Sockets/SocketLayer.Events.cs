using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>Maps the engine's events to sockets and epoll.</summary>
internal sealed partial class SocketLayer
{
    public static Errno ErrnoOf(EngineError error) => error switch
    {
        EngineError.None => Errno.None,
        EngineError.ConnectionRefused => Errno.ConnectionRefused,
        EngineError.ConnectionReset => Errno.ConnectionReset,
        EngineError.ConnectionAborted => Errno.ConnectionAborted,
        EngineError.TimedOut => Errno.TimedOut,
        EngineError.HostUnreachable => Errno.HostUnreachable,
        EngineError.NetworkUnreachable => Errno.NetworkUnreachable,
        EngineError.AddressInUse => Errno.AddressInUse,
        EngineError.AddressNotAvailable => Errno.AddressNotAvailable,
        EngineError.AddressInvalid => Errno.NetworkUnreachable,
        _ => Errno.NoBuffers,
    };

    private void Dispatch(EngineEvent engineEvent)
    {
        if (engineEvent.Listener?.Owner is SocketFile listening)
            listening.Watchers.ForEach(watcher => watcher.Wake(PollEvents.In | PollEvents.ReadNormal));
        if (engineEvent.Connection is not { Owner: SocketFile socket } connection)
            return;
        var events = engineEvent.Events;
        var news = PollEvents.None;
        if (events.HasFlag(EngineEvents.Established))
        {
            socket.WasConnected = true;
            if (socket.Settings.SynCount > 0)
                Engine.SetOptions(connection, socket.Settings.ToConnectionOptions(isConnected: true), _world.Now);
            socket.SynData = (int)Engine.GetSnapshot(connection).DataAcknowledged;
            news |= PollEvents.Out | PollEvents.WriteNormal | PollEvents.In;
        }

        if ((events & (EngineEvents.Readable | EngineEvents.ReadsClosed)) != 0)
            news |= PollEvents.In | PollEvents.ReadNormal;
        if (events.HasFlag(EngineEvents.ReadsClosed))
        {
            socket.ReadsShut = socket.PeerIsDone = true;
            news |= PollEvents.ReadHangUp | (socket.WritesShut ? PollEvents.HangUp : PollEvents.None);
        }

        if (events.HasFlag(EngineEvents.Acknowledged))
            news |= RoomOf(socket, connection);
        if (events.HasFlag(EngineEvents.Closed))
            news |= End(socket, connection);
        if (news != PollEvents.None)
            socket.Watchers.ForEach(watcher => watcher.Wake(news));
    }

    /// <summary>After EAGAIN, room is an event once a third of the buffer is free.</summary>
    private PollEvents RoomOf(SocketFile socket, Tcb connection)
    {
        Engine.DequeueAcknowledged(connection);
        if (!socket.WantsRoom || !HasRoom(socket))
            return PollEvents.None;
        socket.WantsRoom = false;
        return PollEvents.Out | PollEvents.WriteNormal;
    }

    private static PollEvents End(SocketFile socket, Tcb connection)
    {
        // An abort by the program is no error for its socket; a RST after the peer's FIN is EPIPE.
        if (connection.Error is not EngineError.ConnectionAborted)
        {
            var isBrokenPipe = socket.ReadsShut && !socket.WritesShut
                && connection.Error == EngineError.ConnectionReset;
            socket.Error = isBrokenPipe ? Errno.BrokenPipe : ErrnoOf(connection.Error);
        }

        socket.ReadsShut = socket.WritesShut = true;
        return PollEvents.In | PollEvents.Out | PollEvents.HangUp | PollEvents.ReadHangUp |
            (socket.Error == Errno.None ? PollEvents.None : PollEvents.Error);
    }
}
