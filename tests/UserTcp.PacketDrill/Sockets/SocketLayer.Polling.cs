using UserTcp.Engine.Contract;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>One entry of poll: a descriptor, requested and returned events.</summary>
internal record struct PollEntry(int Descriptor, PollEvents Events, PollEvents Returned);

/// <summary>poll and epoll.</summary>
internal sealed partial class SocketLayer
{
    public long Poll(Span<PollEntry> entries, int timeoutMilliseconds)
    {
        var ready = 0;
        foreach (ref var entry in entries)
        {
            entry.Returned = entry.Descriptor < 0 ? PollEvents.None
                : _sockets.TryGetValue(
                    entry.Descriptor, out var socket) ? Readiness(socket) & (entry.Events | PollEvents.Unasked)
                : PollEvents.Invalid;
            ready += entry.Returned == PollEvents.None ? 0 : 1;
        }

        return ready > 0 ? Return(ready) : WaitFor(timeoutMilliseconds);
    }

    public long EpollCreate(int size, int descriptor)
    {
        if (size <= 0)
            return Result.Of(Errno.Invalid);
        _epolls.Add(descriptor, new EpollFile(Readiness));
        return descriptor;
    }

    public long EpollControl(int descriptor, int operation, int target, PollEvents events, ulong data)
    {
        if (!_epolls.TryGetValue(descriptor, out var epoll))
            return Result.Of(_sockets.ContainsKey(descriptor) ? Errno.Invalid : Errno.BadDescriptor);
        return _sockets.TryGetValue(target, out var socket)
            ? Result.Of(epoll.Control(operation, socket, events, data))
            : Result.Of(Errno.BadDescriptor);
    }

    public long EpollWait(int descriptor, Span<(PollEvents Events, ulong Data)> ready, int timeoutMilliseconds)
    {
        if (!_epolls.TryGetValue(descriptor, out var epoll))
            return Result.Of(Errno.BadDescriptor);
        if (ready.IsEmpty)
            return Result.Of(Errno.Invalid);
        var count = epoll.Collect(ready);
        return count > 0 ? Return(count) : WaitFor(timeoutMilliseconds);
    }

    /// <summary>The events of a socket, as Linux's tcp_poll.</summary>
    public PollEvents Readiness(SocketFile socket)
    {
        if (socket.Listener is { } listener)
        {
            var waiting = Engine.GetSnapshots(_world.Now).Any(
                snapshot => snapshot.State == TcpState.Listen && snapshot.Tuple.LocalPort == listener.LocalPort &&
                    snapshot.Tuple.LocalAddress == listener.LocalAddress && snapshot.ReceiveQueue > 0);
            return waiting ? PollEvents.In | PollEvents.ReadNormal : PollEvents.None;
        }

        if (socket.Deferred is not null)
            return PollEvents.Out | PollEvents.WriteNormal;
        var events = socket.Error == Errno.None ? PollEvents.None : PollEvents.Error;
        if ((socket.ReadsShut && socket.WritesShut) || !socket.IsLive)
            events |= PollEvents.HangUp;
        if (socket.ReadsShut)
            events |= PollEvents.In | PollEvents.ReadNormal | PollEvents.ReadHangUp;
        // A Fast Open connection is usable before its handshake is complete.
        if (socket.Connection is { State: TcpState.SynSent or TcpState.SynReceived } && !socket.WasConnected)
            return events;
        if (socket.Available >= socket.Settings.ReceiveLowWater)
            events |= PollEvents.In | PollEvents.ReadNormal;
        if (socket.WritesShut || HasRoom(socket))
            events |= PollEvents.Out | PollEvents.WriteNormal;
        else
            socket.WantsRoom = true;
        return events;
    }

    private long Return(int count)
    {
        _world.WakeUp = MonotonicTime.Never;
        return count;
    }

    /// <summary>Nothing is ready: waits, unless the call does not block or has timed out.</summary>
    private long WaitFor(int timeoutMilliseconds)
    {
        if (timeoutMilliseconds == 0)
            return 0;
        if (timeoutMilliseconds > 0 && _world.WakeUp == MonotonicTime.Never)
            _world.WakeUp = _world.Now + TimeSpan.FromMilliseconds(timeoutMilliseconds);
        return _world.WakeUp <= _world.Now ? Return(0) : Result.MustWait;
    }
}
