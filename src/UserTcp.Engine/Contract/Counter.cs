namespace UserTcp.Engine.Contract;

/// <summary>The counters of an engine. Names follow RFC 4022 and RFC 4293 where these have one.</summary>
public enum Counter : byte
{
    /// <summary>Frames handed to the engine, without those for connections of another engine.</summary>
    FramesReceived,

    /// <summary>Frames sent.</summary>
    FramesSent,

    /// <summary>TCP segments received (tcpInSegs).</summary>
    SegmentsReceived,

    /// <summary>TCP segments sent, without retransmissions (tcpOutSegs).</summary>
    SegmentsSent,

    /// <summary>TCP segments retransmitted (tcpRetransSegs).</summary>
    SegmentsRetransmitted,

    /// <summary>Bytes of data received in order.</summary>
    DataReceived,

    /// <summary>Bytes of data sent, without retransmissions.</summary>
    DataSent,

    /// <summary>RSTs sent (tcpOutRsts).</summary>
    ResetsSent,

    /// <summary>Frames dropped: malformed IP header.</summary>
    DroppedBadIpHeader,

    /// <summary>
    /// Fragments dropped: malformed, overlapping, a duplicate, of a datagram that is given up, or without room.
    /// </summary>
    DroppedFragment,

    /// <summary>Frames dropped: an invalid source address (RFC 1122 section 3.2.1.3, MUST-63).</summary>
    DroppedMartian,

    /// <summary>Frames dropped: not addressed to this stack, or multicast or broadcast (MUST-57).</summary>
    DroppedNotForUs,

    /// <summary>Frames dropped: an unsupported transport protocol.</summary>
    DroppedProtocol,

    /// <summary>Segments dropped: malformed TCP header (tcpInErrs).</summary>
    DroppedBadTcpHeader,

    /// <summary>Segments dropped: wrong checksum (tcpInErrs, MUST-3).</summary>
    DroppedBadChecksum,

    /// <summary>Segments dropped: not acceptable by sequence number, ACK or control bits.</summary>
    DroppedUnacceptable,

    /// <summary>
    /// SYNs and final handshake ACKs dropped: the SYN queue or accept queue is full, or the connection limit is
    /// reached.
    /// </summary>
    DroppedListenFull,

    /// <summary>Segments of out-of-order data dropped: the limit of ranges or blocks is reached.</summary>
    DroppedOutOfOrder,

    /// <summary>Replies dropped: the reply queue is full.</summary>
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

    /// <summary>Connections that ended because R2 or the user timeout passed.</summary>
    TimedOut,

    /// <summary>Entries added to the TIME-WAIT table.</summary>
    TimeWaits,

    /// <summary>TIME-WAIT entries removed early because the table was full.</summary>
    TimeWaitOverflows,

    /// <summary>Segments whose data was dropped because <see cref="EngineOptions.MaxMemory"/> was reached.</summary>
    DroppedMemory,

    /// <summary>Connections reset at their close because of too many orphans or no memory (tcpAbortOnMemory).</summary>
    OrphansReset,

    /// <summary>
    /// Frames that arrived at one of several engines and belong to another one's connection
    /// (<see cref="EngineShare"/>).
    /// </summary>
    FramesHandedOver,

    /// <summary>Such frames dropped because the owner's queue was full.</summary>
    DroppedHandOver,

    /// <summary>Segments dropped by PAWS: their timestamp is older than TS.Recent (RFC 7323 section 5.3).</summary>
    DroppedPaws,

    /// <summary>SACK blocks ignored because they cover nothing in flight (RFC 2018 section 5).</summary>
    SackBlocksIgnored,

    /// <summary>D-SACKs received: reports of data that arrived twice (RFC 2883).</summary>
    DuplicatesReported,

    /// <summary>Spurious recoveries whose window reduction was undone (RFC 4015).</summary>
    SpuriousRecoveries,

    /// <summary>Tail loss probes sent (RFC 8985 section 7).</summary>
    TailLossProbes,

    /// <summary>Data segments received with CE (RFC 3168).</summary>
    CeReceived,

    /// <summary>cwnd reductions because the peer sent ECE (RFC 3168).</summary>
    EceReceived,

    /// <summary>Path MTU black holes detected (RFC 4821 section 7.7), counted at each size.</summary>
    PathMtuBlackHoles,

    /// <summary>Our SYNs with data (Fast Open, RFC 7413).</summary>
    FastOpensSent,

    /// <summary>SYNs with a valid cookie whose data was accepted at once (Fast Open, RFC 7413).</summary>
    FastOpensAccepted,

    /// <summary>
    /// Connections without progress that were reset because <see cref="EngineOptions.MaxMemory"/> was reached.
    /// </summary>
    MemoryResets,

    /// <summary>
    /// Connections reset because their peer acknowledged less than <see cref="EngineOptions.MinProgressBytes"/> in an
    /// interval.
    /// </summary>
    MinProgressResets,

    /// <summary>
    /// Connections reset because of a fault of the engine itself (<see cref="EngineOptions.MaxConnectionFaults"/>).
    /// </summary>
    ConnectionFaults,

    /// <summary>Frames of no connection dropped because of a fault of the engine itself.</summary>
    DroppedFault,

    /// <summary>Frames that the device did not accept: lost on the link.</summary>
    DroppedByDevice,

    /// <summary>SYNs answered with a SYN cookie, without any state (RFC 4987 section 3.6).</summary>
    SynCookiesSent,

    /// <summary>ACKs with a valid SYN cookie that opened a connection.</summary>
    SynCookiesReceived,

    /// <summary>ACKs in LISTEN, while cookies were out, with no valid SYN cookie or one already used.</summary>
    SynCookiesFailed,

    /// <summary>UDP datagrams delivered to an endpoint's receive queue (udpInDatagrams, RFC 4113).</summary>
    UdpInDatagrams,

    /// <summary>UDP datagrams to a port that no endpoint has (udpNoPorts).</summary>
    UdpNoPorts,

    /// <summary>
    /// UDP datagrams dropped for another reason (udpInErrors): malformed, a wrong checksum, or no room.
    /// </summary>
    UdpInErrors,

    /// <summary>UDP datagrams sent (udpOutDatagrams).</summary>
    UdpOutDatagrams,

    /// <summary>
    /// UDP datagrams dropped because the receive queue was full or memory was short (UdpRcvbufErrors).
    /// </summary>
    UdpRcvbufErrors,

    /// <summary>UDP datagrams with a wrong checksum, or over IPv6 with none (UdpInCsumErrors).</summary>
    UdpInCsumErrors,

    /// <summary>Fragments for this host (ipReasmReqds).</summary>
    FragmentsReceived,

    /// <summary>Datagrams put together from fragments (ipReasmOKs).</summary>
    DatagramsReassembled,

    /// <summary>
    /// Datagrams given up before all of their fragments came: time, a limit, or fragments that overlap (ipReasmFails).
    /// </summary>
    ReassemblyFailures,

    /// <summary>Fragments sent (ipFragCreates).</summary>
    FragmentsSent,

    /// <summary>Packets dropped because of their IP options or extension headers.</summary>
    DroppedIpOptions,
}
