using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.PacketDrill.World;

namespace UserTcp.PacketDrill.Sockets;

/// <summary>A TCP socket as Linux shows it to a program: what the engine's connection or listener is seen through.</summary>
internal sealed class SocketFile(VirtualWorld world, int family)
{
    private Block? _received;

    public int Family { get; } = family;

    public bool IsNonBlocking { get; set; }

    /// <summary>What bind was given, or the engine chose.</summary>
    public SocketAddress? Local { get; set; }

    public Listener? Listener { get; set; }

    public Tcb? Connection { get; set; }

    /// <summary>A connect that has not been answered, neither by the peer nor to the program.</summary>
    public bool IsConnecting { get; set; }

    /// <summary>Where a connect has led to that sends nothing until there is text to go with the SYN (TCP_FASTOPEN_CONNECT).</summary>
    public SocketAddress? Deferred { get; set; }

    /// <summary>The connection is or was established.</summary>
    public bool WasConnected { get; set; }

    public bool ReadsShut { get; set; }

    public bool WritesShut { get; set; }

    /// <summary>The peer's FIN has come: whatever happens later, reading comes to an end, not to an error.</summary>
    public bool PeerIsDone { get; set; }

    /// <summary>What SO_ERROR says next.</summary>
    public Errno Error { get; set; }

    /// <summary>A writer was turned away: the next room is news to epoll.</summary>
    public bool WantsRoom { get; set; }

    /// <summary>Octets of text that our SYN had and that its answer has acknowledged.</summary>
    public int SynData { get; set; }

    /// <summary>Octets that a blocked send has already handed over.</summary>
    public int SentByBlockedCall { get; set; }

    public SocketSettings Settings { get; init; } = new();

    /// <summary>Whoever waits for this socket by epoll.</summary>
    public List<EpollItem> Watchers { get; } = [];

    public bool IsListening => Listener is not null;

    /// <summary>True when the connection lives in any state that the program may know of.</summary>
    public bool IsLive => Connection is { State: not TcpState.Closed and not TcpState.TimeWait };

    /// <summary>Octets received that the program has not read.</summary>
    public int Available => Connection is null ? 0 : (int)world.Engine.GetSnapshot(Connection).ReceiveQueue;

    /// <summary>Takes the error that is there, once.</summary>
    public Errno TakeError()
    {
        var error = Error;
        Error = Errno.None;
        return error;
    }

    /// <summary>
    /// Copies received text and, unless it is only peeked at, takes it. Returns the octets; <paramref name="discard"/> takes without
    /// copying.
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

    /// <summary>Gives back what nobody will read.</summary>
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
