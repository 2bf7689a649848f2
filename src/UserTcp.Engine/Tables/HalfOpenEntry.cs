using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>What has to be kept of a passive open in SYN-RECEIVED whose SYN,ACK is on its way: 72 octets, without any reference.</summary>
internal struct HalfOpenEntry
{
    public CompactTuple Tuple;

    /// <summary>When the SYN was taken: the round trip is measured from here, and patience.</summary>
    public MonotonicTime Since;

    /// <summary>When the SYN,ACK goes out again; <see cref="MonotonicTime.Never"/> when it does not.</summary>
    public MonotonicTime Retransmission;

    public SeqNum Iss;
    public SeqNum Irs;

    /// <summary>The window of the peer's SYN, which is not scaled.</summary>
    public ushort Window;

    public ushort PeerMss;

    public WindowScale PeerScale;
    public HalfOpenFlags Flags;

    /// <summary>How often the SYN,ACK has timed out.</summary>
    public byte Timeouts;

    /// <summary>Before this time, in milliseconds after <see cref="Since"/>, no further challenge ACK is sent.</summary>
    public uint UnchallengedFor;

    /// <summary>Which listener it came from: <see cref="Listener.Number"/>.</summary>
    public int Listener;

    /// <summary>The next entry in the same bucket, or -1; and the place in the order of deadlines.</summary>
    public int NextInBucket;
    public int Place;
}

/// <summary>The yes and no of a half-open connection.</summary>
[Flags]
internal enum HalfOpenFlags : byte
{
    None = 0,

    /// <summary>The peer's SYN has the window scale option, and so has ours.</summary>
    Scales = 1,

    /// <summary>The SYN,ACK went out more than once.</summary>
    Repeated = 2,

    /// <summary>An ACK has offered a larger window than a SYN,ACK can, and what has been offered stays offered (RFC 9293 section 3.8.6).</summary>
    OfferedMore = 4,
}
