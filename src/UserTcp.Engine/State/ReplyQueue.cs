using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>Replies that belong to no connection (RST, ACK of TIME-WAIT, ICMP), waiting to be emitted. Bounded.</summary>
internal sealed class ReplyQueue(int limit)
{
    private readonly Queue<Reply> _replies = new();
    private int _unasked;

    public int Count => _replies.Count;

    /// <summary>Queues a TCP segment without text. False when the queue is full.</summary>
    public bool TryAdd(in FourTuple tuple, in TcpHeader header, SegmentReason reason, uint? tsEcho = null) =>
        TryAdd(new Reply(tuple, header, reason, ConnectionOptions.Default, null, tsEcho));

    /// <summary>Queues a SYN,ACK for a peer of which nothing is kept; <paramref name="tsEcho"/> where timestamps are used. False when the queue is full.</summary>
    public bool TryAddSynAck(in FourTuple tuple, in TcpHeader header, ConnectionOptions options, in SynAckOffer offer, uint? tsEcho) =>
        TryAdd(new Reply(tuple, header, SegmentReason.SynCookie, options, null, tsEcho) { Offer = offer });

    /// <summary>
    /// Queues the last segment of a connection that ends with it. There is one for each, and connections have a limit of their own: the
    /// limit here is for what strangers can bring about.
    /// </summary>
    public void AddLast(in FourTuple tuple, in TcpHeader header, SegmentReason reason, ConnectionOptions options, uint? tsEcho)
    {
        _unasked++;
        _replies.Enqueue(new Reply(tuple, header, reason, options, null, tsEcho, IsLast: true));
    }

    /// <summary>
    /// Queues an ICMP message, complete with its checksum, as a block's text; the block belongs to the queue when true. The
    /// ports of <paramref name="tuple"/> mean nothing.
    /// </summary>
    public bool TryAddIcmp(in FourTuple tuple, Block message) =>
        TryAdd(new Reply(tuple, default, SegmentReason.None, ConnectionOptions.Default, message, null));

    public bool TryDequeue(out Reply reply)
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

    /// <summary>A TCP header, with the TSecr of a connection that uses timestamps, or an ICMP message in a block.</summary>
    internal readonly record struct Reply(
        FourTuple Tuple, TcpHeader Header, SegmentReason Reason, ConnectionOptions Options, Block? IcmpMessage, uint? TsEcho,
        bool IsLast = false)
    {
        /// <summary>The options of a SYN,ACK; of nothing else.</summary>
        public SynAckOffer? Offer { get; init; }
    }
}

/// <summary>The options of a SYN,ACK that has no TCB, besides its MSS, which is the link's.</summary>
/// <param name="Scale">Our window scale; null when the peer's SYN has none.</param>
/// <param name="SackPermitted">SACK-permitted.</param>
/// <param name="TsValue">TSval; counts where timestamps are used.</param>
internal readonly record struct SynAckOffer(WindowScale? Scale, bool SackPermitted, uint TsValue);
