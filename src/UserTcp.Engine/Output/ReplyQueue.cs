using UserTcp.Engine.Buffers;
using UserTcp.Engine.Diagnostics;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>Replies that belong to no connection (RST, ACK of TIME-WAIT, ICMP), waiting to be emitted. Bounded.</summary>
internal sealed class ReplyQueue(int limit)
{
    private readonly Queue<Reply> _replies = new();
    private int _unasked;

    public int Count => _replies.Count;

    /// <summary>Queues a TCP segment without text. False when the queue is full.</summary>
    public bool TryAdd(in FourTuple tuple, in TcpHeader header, SegmentReason reason) =>
        TryAdd(new Reply(tuple, header, reason, ConnectionOptions.Default, null));

    /// <summary>
    /// Queues the last segment of a connection that ends with it. There is one for each, and connections have a limit of their own: the
    /// limit here is for what strangers can bring about.
    /// </summary>
    public void AddLast(in FourTuple tuple, in TcpHeader header, SegmentReason reason, ConnectionOptions options)
    {
        _unasked++;
        _replies.Enqueue(new Reply(tuple, header, reason, options, null, IsLast: true));
    }

    /// <summary>
    /// Queues an ICMP message, complete with its checksum, as a block's text; the block belongs to the queue when true. The
    /// ports of <paramref name="tuple"/> mean nothing.
    /// </summary>
    public bool TryAddIcmp(in FourTuple tuple, Block message) =>
        TryAdd(new Reply(tuple, default, SegmentReason.None, ConnectionOptions.Default, message));

    public bool TryTake(out Reply reply)
    {
        if (!_replies.TryDequeue(out reply))
            return false;
        if (reply.IsLast)
            _unasked--;
        return true;
    }

    private bool TryAdd(in Reply reply)
    {
        if (_replies.Count - _unasked >= limit)
            return false;
        _replies.Enqueue(reply);
        return true;
    }

    /// <summary>A TCP header, or an ICMP message in a block.</summary>
    internal readonly record struct Reply(
        FourTuple Tuple, TcpHeader Header, SegmentReason Reason, ConnectionOptions Options, Block? IcmpMessage, bool IsLast = false);
}
