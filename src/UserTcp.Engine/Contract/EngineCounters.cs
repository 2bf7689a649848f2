namespace UserTcp.Engine.Contract;

/// <summary>The values of all <see cref="Counter"/>s. Owned by the engine's thread; a copy may be kept.</summary>
public sealed class EngineCounters
{
    private readonly long[] _values = new long[Enum.GetValues<Counter>().Length];

    /// <summary>The value of one counter.</summary>
    public long this[Counter counter] => _values[(int)counter];

    /// <summary>A copy that stays as it is.</summary>
    public EngineCounters Snapshot()
    {
        var copy = new EngineCounters();
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    /// <summary>The counters of several engines together.</summary>
    public static EngineCounters Sum(IEnumerable<EngineCounters> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var sum = new EngineCounters();
        foreach (var part in parts)
        {
            for (var i = 0; i < sum._values.Length; i++)
                sum._values[i] += part._values[i];
        }

        return sum;
    }

    internal void Add(Counter counter, long amount = 1) => _values[(int)counter] += amount;
}

/// <summary>What an engine counts. Names follow RFC 4022 and RFC 4293 where they have one.</summary>
public enum Counter : byte
{
    /// <summary>Frames handed to the engine, those of another engine's connections not counted.</summary>
    FramesReceived,

    /// <summary>Frames handed out.</summary>
    FramesSent,

    /// <summary>TCP segments received (tcpInSegs).</summary>
    SegmentsReceived,

    /// <summary>TCP segments sent, without retransmissions (tcpOutSegs).</summary>
    SegmentsSent,

    /// <summary>TCP segments retransmitted (tcpRetransSegs).</summary>
    SegmentsRetransmitted,

    /// <summary>Octets of text received in order.</summary>
    DataReceived,

    /// <summary>Octets of text sent, without retransmissions.</summary>
    DataSent,

    /// <summary>RSTs sent (tcpOutRsts).</summary>
    ResetsSent,

    /// <summary>Frames dropped: IP header malformed.</summary>
    DroppedBadIpHeader,

    /// <summary>Frames dropped: fragments, which are not reassembled.</summary>
    DroppedFragment,

    /// <summary>Frames dropped: a source address nobody can have (RFC 1122 section 3.2.1.3, MUST-63).</summary>
    DroppedMartian,

    /// <summary>Frames dropped: not addressed to this stack, or multicast or broadcast (MUST-57).</summary>
    DroppedNotForUs,

    /// <summary>Frames dropped: a transport protocol that is not spoken.</summary>
    DroppedProtocol,

    /// <summary>Segments dropped: TCP header malformed (tcpInErrs).</summary>
    DroppedBadTcpHeader,

    /// <summary>Segments dropped: wrong checksum (tcpInErrs, MUST-3).</summary>
    DroppedBadChecksum,

    /// <summary>Segments dropped: not acceptable by sequence number, ACK or control bits.</summary>
    DroppedUnacceptable,

    /// <summary>SYNs and final ACKs of handshakes dropped: the listener's half-open table or accept queue is full, or the connection limit is reached.</summary>
    DroppedListenFull,

    /// <summary>Out-of-order text dropped: the limit of blocks is reached.</summary>
    DroppedOutOfOrder,

    /// <summary>Replies dropped: too many wait to be sent.</summary>
    DroppedReply,

    /// <summary>ICMP messages dropped: malformed, or not about a segment in flight (RFC 5927).</summary>
    DroppedIcmp,

    /// <summary>ICMP errors not sent: rate limit.</summary>
    IcmpRateLimited,

    /// <summary>ICMP echo replies sent.</summary>
    EchoReplies,

    /// <summary>ICMP errors sent.</summary>
    IcmpErrorsSent,

    /// <summary>Active opens (tcpActiveOpens).</summary>
    ActiveOpens,

    /// <summary>Passive opens: SYN-RECEIVED reached from LISTEN (tcpPassiveOpens).</summary>
    PassiveOpens,

    /// <summary>Opens that failed (tcpAttemptFails).</summary>
    AttemptFails,

    /// <summary>Established connections that ended by RST (tcpEstabResets).</summary>
    EstablishedResets,

    /// <summary>Retransmission timeouts.</summary>
    RetransmissionTimeouts,

    /// <summary>Fast retransmits.</summary>
    FastRetransmits,

    /// <summary>Zero-window probes sent.</summary>
    ZeroWindowProbes,

    /// <summary>Keep-alive probes sent.</summary>
    KeepAlives,

    /// <summary>Challenge ACKs sent (RFC 5961).</summary>
    ChallengeAcks,

    /// <summary>Connections that were given up after R2.</summary>
    TimedOut,

    /// <summary>Entries made in the TIME-WAIT table.</summary>
    TimeWaits,

    /// <summary>TIME-WAIT entries thrown out early because the table was full.</summary>
    TimeWaitOverflows,

    /// <summary>Segments whose text was dropped because <see cref="EngineOptions.MaxMemory"/> was reached.</summary>
    DroppedMemory,

    /// <summary>Connections reset at their close because there were too many without a user, or no memory (tcpAbortOnMemory).</summary>
    OrphansReset,

    /// <summary>Frames that arrived at one engine of several and are for a connection of another one (<see cref="EngineShare"/>).</summary>
    FramesHandedOver,

    /// <summary>Frames of these that were lost, as the one whose they are had too many waiting.</summary>
    DroppedHandOver,

    /// <summary>Segments dropped because their timestamp was older than one that had been taken (PAWS, RFC 7323 section 5.3).</summary>
    DroppedPaws,

    /// <summary>SACK blocks that are about nothing in flight, and were ignored (RFC 2018 section 5).</summary>
    SackBlocksIgnored,

    /// <summary>Reports of text that has arrived twice (D-SACK, RFC 2883).</summary>
    DuplicatesReported,

    /// <summary>Recoveries that were for nothing, and whose reduction of the window was taken back (RFC 4015).</summary>
    SpuriousRecoveries,

    /// <summary>Tail loss probes sent (RFC 8985 section 7).</summary>
    TailLossProbes,

    /// <summary>Segments with text that were marked on their way: CE (RFC 3168).</summary>
    CeReceived,

    /// <summary>Congestion windows reduced because the peer had seen a mark: ECE (RFC 3168).</summary>
    EceReceived,

    /// <summary>Paths found to swallow full-sized segments without a word (RFC 4821 section 7.7), counted at each size.</summary>
    PathMtuBlackHoles,

    /// <summary>Our SYNs that had text (Fast Open, RFC 7413).</summary>
    FastOpensSent,

    /// <summary>SYNs with a valid cookie whose text was taken at once (Fast Open, RFC 7413).</summary>
    FastOpensAccepted,

    /// <summary>Connections without progress that were reset because <see cref="EngineOptions.MaxMemory"/> was reached.</summary>
    MemoryResets,

    /// <summary>Connections reset because their peer acknowledged less than <see cref="EngineOptions.MinProgressBytes"/> in an interval.</summary>
    MinProgressResets,

    /// <summary>Connections reset because of a fault of the stack itself (<see cref="EngineOptions.MaxConnectionFaults"/>).</summary>
    ConnectionFaults,

    /// <summary>Frames of no connection that were dropped because of a fault of the stack itself.</summary>
    DroppedFault,

    /// <summary>Frames that the device did not take: as good as lost on the link.</summary>
    DroppedByDevice,

    /// <summary>SYNs answered by a SYN cookie, without any state (RFC 4987 section 3.6).</summary>
    SynCookiesSent,

    /// <summary>ACKs that have brought a SYN cookie back and made a connection.</summary>
    SynCookiesReceived,

    /// <summary>ACKs in LISTEN without a valid SYN cookie while cookies were out, or with one that had been used.</summary>
    SynCookiesFailed,
}
