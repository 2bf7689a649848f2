namespace UserTcp.PacketDrill.Sockets;

/// <summary>A socket in an epoll set.</summary>
internal sealed class EpollItem(SocketFile socket, PollEvents events, ulong data)
{
    public SocketFile Socket { get; } = socket;

    public PollEvents Events { get; set; } = events;

    public ulong Data { get; set; } = data;

    /// <summary>An event occurred since the last report; the report checks whether it still holds.</summary>
    public bool IsReady { get; set; }

    public void Wake(PollEvents news)
    {
        if ((news & (Events | PollEvents.Unasked)) != 0)
            IsReady = true;
    }
}

/// <summary>An epoll instance: level-triggered, edge-triggered and one-shot (epoll(7)).</summary>
internal sealed class EpollFile(Func<SocketFile, PollEvents> readiness)
{
    private const int Add = 1;
    private const int Delete = 2;
    private const int Modify = 3;

    private const PollEvents Modes = PollEvents.EdgeTriggered | PollEvents.OneShot;

    private readonly List<EpollItem> _items = [];

    public Errno Control(int operation, SocketFile socket, PollEvents events, ulong data)
    {
        var item = _items.Find(one => one.Socket == socket);
        switch (operation)
        {
            case Add when item is null:
                item = new EpollItem(socket, events, data);
                _items.Add(item);
                socket.Watchers.Add(item);
                break;
            case Modify when item is not null:
                (item.Events, item.Data) = (events, data);
                break;
            case Delete when item is not null:
                Forget(socket);
                return Errno.None;
            case Add:
                return Errno.Exists;
            default:
                return operation is Modify or Delete ? Errno.NotFound : Errno.Invalid;
        }

        item.IsReady = Report(item) != PollEvents.None;
        return Errno.None;
    }

    /// <summary>Reports ready sockets and returns their number.</summary>
    public int Collect(Span<(PollEvents Events, ulong Data)> ready)
    {
        var count = 0;
        foreach (var item in _items)
        {
            if (count == ready.Length)
                break;
            if (!item.IsReady)
                continue;
            item.IsReady = false;
            var report = Report(item);
            if (report == PollEvents.None)
                continue;
            ready[count++] = (report, item.Data);
            if (item.Events.HasFlag(PollEvents.OneShot))
                item.Events &= Modes;
            else if (!item.Events.HasFlag(PollEvents.EdgeTriggered))
                item.IsReady = true;
        }

        return count;
    }

    public void Forget(SocketFile socket)
    {
        if (_items.Find(item => item.Socket == socket) is not { } item)
            return;
        _items.Remove(item);
        socket.Watchers.Remove(item);
    }

    public void Clear()
    {
        foreach (var item in _items)
            item.Socket.Watchers.Remove(item);
        _items.Clear();
    }

    // A reported one-shot item has no events, not even errors.
    private PollEvents Report(EpollItem item) =>
        (item.Events & ~Modes) == PollEvents.None
            ? PollEvents.None
            : readiness(item.Socket) & (item.Events | PollEvents.Unasked) & ~Modes;
}
