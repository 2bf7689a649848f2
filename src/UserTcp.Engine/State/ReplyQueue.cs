using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The queue of replies that belong to no TCB: RST, ACK in TIME-WAIT, SYN,ACK with a cookie, ICMP. Bounded.
/// </summary>
internal sealed class ReplyQueue(int limit)
{
    private const int MaxLargeMessages = 8;

    private readonly Queue<Reply> _replies = new();
    private int _lastSegments;
    private int _largeMessages;

    public int Count => _replies.Count;

    /// <summary>Queues a TCP segment without data. False when the queue is full.</summary>
    public bool TryAdd(in FourTuple tuple, in TcpHeader header, SegmentReason reason, uint? tsEcho = null) =>
        TryAdd(new Reply(tuple, header, reason, ConnectionOptions.Default, null, tsEcho));

    /// <summary>
    /// Queues a SYN,ACK with a SYN cookie. <paramref name="tsEcho"/> is null without timestamps. False when the queue
    /// is full.
    /// </summary>
    public bool TryAddSynAck(
        in FourTuple tuple, in TcpHeader header, ConnectionOptions options, in SynAckOffer offer, uint? tsEcho) =>
        TryAdd(new Reply(tuple, header, SegmentReason.SynCookie, options, null, tsEcho) { Offer = offer });

    /// <summary>
    /// Queues the last segment of a connection. The limit does not apply: there is one for each connection, and the
    /// number of connections is limited. The limit is for replies that anybody can cause.
    /// </summary>
    public void AddLast(Tcb tcb, in TcpHeader header, SegmentReason reason)
    {
        _lastSegments++;
        _replies.Enqueue(new Reply(tcb.Tuple, header, reason, tcb.Options, null, tcb.Ts.Echo, IsLast: true)
        {
            Iss = tcb.Snd.Iss,
            Irs = EngineTrace.IrsOf(tcb),
            Scale = tcb.Rcv.Scale,
        });
    }

    /// <summary>
    /// Queues an ICMP message: the content of a block, with its checksum. The ports of <paramref name="tuple"/> are not
    /// used. True when the queue owns the block.
    /// </summary>
    public bool TryAddIcmp(in FourTuple tuple, Block message) =>
        TryAdd(new Reply(tuple, default, SegmentReason.None, ConnectionOptions.Default, message, null));

    /// <summary>False for a message of more than a standard block while too many of these wait.</summary>
    public bool HasRoomFor(int length) => length <= BlockPool.StandardSize || _largeMessages < MaxLargeMessages;

    public bool TryDequeue(out Reply reply)
    {
        if (!_replies.TryDequeue(out reply))
            return false;
        if (reply.IcmpMessage is { Capacity: > BlockPool.StandardSize })
            _largeMessages--;
        if (reply.IsLast)
            _lastSegments--;
        return true;
    }

    private bool TryAdd(in Reply reply)
    {
        if (_replies.Count - _lastSegments >= limit)
            return false;
        _replies.Enqueue(reply);
        if (reply.IcmpMessage is { Capacity: > BlockPool.StandardSize })
            _largeMessages++;
        return true;
    }

    /// <summary>A TCP header, with TSecr where timestamps are used, or an ICMP message in a block.</summary>
    internal readonly record struct Reply(
        FourTuple Tuple, TcpHeader Header, SegmentReason Reason, ConnectionOptions Options, Block? IcmpMessage,
        uint? TsEcho, bool IsLast = false)
    {
        /// <summary>The options of a SYN,ACK; null for other segments.</summary>
        public SynAckOffer? Offer { get; init; }

        /// <summary>ISS of the connection whose last segment it is, for an observer.</summary>
        public SeqNum? Iss { get; init; }

        /// <summary>Its IRS.</summary>
        public SeqNum? Irs { get; init; }

        /// <summary>Its Rcv.Wind.Shift.</summary>
        public WindowScale Scale { get; init; }
    }
}

/// <summary>The options of a SYN,ACK without a TCB. Its MSS is that of the link.</summary>
/// <param name="Scale">Rcv.Wind.Shift; null when the peer's SYN has no window scale.</param>
/// <param name="SackPermitted">The SACK-permitted option.</param>
/// <param name="TsValue">TSval; used only with timestamps.</param>
internal readonly record struct SynAckOffer(WindowScale? Scale, bool SackPermitted, uint TsValue);
