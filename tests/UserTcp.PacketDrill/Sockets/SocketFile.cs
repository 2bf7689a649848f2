using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.PacketDrill.World;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>A TCP socket as Linux presents it to a program, over the engine's connection or listener.</summary>
internal sealed class SocketFile(VirtualWorld world, int family)
{
    private Block? _received;

    public int Family { get; } = family;

    public bool IsNonBlocking { get; set; }

    /// <summary>The address of bind, or the engine's choice.</summary>
    public SocketAddress? Local { get; set; }

    public Listener? Listener { get; set; }

    public Tcb? Connection { get; set; }

    /// <summary>A connect is in progress.</summary>
    public bool IsConnecting { get; set; }

    /// <summary>The destination of a connect that waits for data for its SYN (TCP_FASTOPEN_CONNECT).</summary>
    public SocketAddress? Deferred { get; set; }

    /// <summary>The connection is or was established.</summary>
    public bool WasConnected { get; set; }

    public bool ReadsShut { get; set; }

    public bool WritesShut { get; set; }

    /// <summary>The peer's FIN has arrived: reads end with 0, not with a later error.</summary>
    public bool PeerIsDone { get; set; }

    /// <summary>The pending error of SO_ERROR.</summary>
    public Errno Error { get; set; }

    /// <summary>A write got EAGAIN: the next free room is an event for epoll.</summary>
    public bool WantsRoom { get; set; }

    /// <summary>Octets of our SYN's data that the SYN,ACK has acknowledged.</summary>
    public int SynData { get; set; }

    /// <summary>Octets that a blocked send has already queued.</summary>
    public int SentByBlockedCall { get; set; }

    public SocketSettings Settings { get; init; } = new();

    /// <summary>The epoll items of this socket.</summary>
    public List<EpollItem> Watchers { get; } = [];

    public bool IsListening => Listener is not null;

    /// <summary>True when the connection exists in a state visible to the program.</summary>
    public bool IsLive => Connection is { State: not TcpState.Closed and not TcpState.TimeWait };

    /// <summary>Octets received that the program has not read.</summary>
    public int Available => Connection is null ? 0 : (int)world.Engine.GetSnapshot(Connection).ReceiveQueue;

    /// <summary>Returns and clears the pending error.</summary>
    public Errno ConsumeError()
    {
        var error = Error;
        Error = Errno.None;
        return error;
    }

    /// <summary>
    /// Copies received data and, unless peeking, consumes it. Returns the octets; <paramref name="discard"/> consumes
    /// without copying.
    /// </summary>
    public int Read(Span<byte> destination, bool peek, bool discard)
    {
        if (Connection is null)
            return 0;
        Append(world.Engine.Receive(Connection));
        var count = 0;
        for (var block = _received; block is not null && count < destination.Length; block = block.NextBlock)
        {
            var length = Math.Min(block.Length, destination.Length - count);
            if (!discard)
                block.Content[..length].CopyTo(destination[count..]);
            count += length;
        }

        if (!peek && count > 0)
            Take(count);
        return count;
    }

    /// <summary>Returns the blocks of unread data.</summary>
    public void DropReceived()
    {
        Block.ReleaseChain(_received);
        _received = null;
    }

    private void Append(Block? chain)
    {
        if (_received is null)
        {
            _received = chain;
            return;
        }

        var last = _received;
        while (last.NextBlock is { } next)
            last = next;
        last.NextBlock = chain;
    }

    private void Take(int count)
    {
        for (var left = count; left > 0;)
        {
            var block = _received!;
            var length = Math.Min(left, block.Length);
            block.Start += length;
            left -= length;
            if (block.Length > 0)
                break;
            _received = block.NextBlock;
            block.NextBlock = null;
            block.Release();
        }

        world.Engine.Consumed(Connection!, count, world.Now);
        world.Pump();
    }
}
