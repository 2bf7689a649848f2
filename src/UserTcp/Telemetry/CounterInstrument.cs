using System.Diagnostics.Metrics;
using UserTcp.Engine.Contract;

namespace UserTcp.Telemetry;

/// <summary>
/// An instrument that shows one of the engine's counters, or several that a tag tells apart. Names, units and tags
/// follow OpenTelemetry's conventions.
/// </summary>
/// <param name="Name">The instrument's name.</param>
/// <param name="Unit">Its unit, as UCUM writes it.</param>
/// <param name="Description">What it counts.</param>
/// <param name="Tag">The tag's key; null when there is one counter.</param>
/// <param name="Values">The counters, and the tag's value of each.</param>
internal sealed record CounterInstrument(
    string Name, string Unit, string Description, string? Tag, (Counter Counter, string Value)[] Values)
{
    private const string Direction = "network.io.direction";
    private const string Receive = "receive";
    private const string Transmit = "transmit";
    private const string Connections = "{connection}";
    private const string Segments = "{segment}";
    private const string Datagrams = "{datagram}";

    /// <summary>All instruments; each counter is in one of them.</summary>
    public static IReadOnlyList<CounterInstrument> All { get; } =
    [
        new("usertcp.frames", "{packet}", "IP packets, those to the host itself included.", Direction,
        [
            (Counter.FramesReceived, Receive), (Counter.FramesSent, Transmit),
        ]),
        Of("usertcp.frames.handed_over", "{packet}", "Packets that arrived at another queue than their connection's.",
            Counter.FramesHandedOver),
        new("usertcp.segments", Segments, "TCP segments received, and sent for the first time.", Direction,
        [
            (Counter.SegmentsReceived, Receive), (Counter.SegmentsSent, Transmit),
        ]),
        Of("usertcp.segments.retransmitted", Segments, "TCP segments retransmitted.", Counter.SegmentsRetransmitted),
        new("usertcp.io", "By", "Data of applications, received in order and sent first.", Direction,
        [
            (Counter.DataReceived, Receive), (Counter.DataSent, Transmit),
        ]),
        new("usertcp.drops", "{packet}", "Packets and segments that the stack dropped.", "usertcp.drop.reason",
        [
            (Counter.DroppedBadIpHeader, "bad_ip_header"), (Counter.DroppedFragment, "fragment"),
            (Counter.DroppedMartian, "martian"), (Counter.DroppedNotForUs, "not_for_us"),
            (Counter.DroppedProtocol, "protocol"), (Counter.DroppedBadTcpHeader, "bad_tcp_header"),
            (Counter.DroppedBadChecksum, "bad_checksum"), (Counter.DroppedUnacceptable, "unacceptable"),
            (Counter.DroppedListenFull, "listen_full"), (Counter.DroppedOutOfOrder, "out_of_order"),
            (Counter.DroppedReply, "reply"), (Counter.DroppedIcmp, "icmp"), (Counter.DroppedMemory, "memory"),
            (Counter.DroppedHandOver, "hand_over"), (Counter.DroppedPaws, "paws"), (Counter.DroppedFault, "fault"),
            (Counter.DroppedByDevice, "device"), (Counter.DroppedIpOptions, "ip_options"),
        ]),
        new("usertcp.fragments", "{packet}", "Fragments of IP packets, received and sent.", Direction,
        [
            (Counter.FragmentsReceived, Receive), (Counter.FragmentsSent, Transmit),
        ]),
        new("usertcp.reassembly", Datagrams, "Datagrams put together from fragments, or given up.",
            "usertcp.reassembly.result",
        [
            (Counter.DatagramsReassembled, "complete"), (Counter.ReassemblyFailures, "failed"),
        ]),
        new("usertcp.connections.opened", Connections, "Opens that reached the engine.", "usertcp.connection.role",
        [
            (Counter.ActiveOpens, "client"), (Counter.PassiveOpens, "server"),
        ]),
        Of("usertcp.connections.failed", Connections, "Opens that failed before ESTABLISHED.", Counter.AttemptFails),
        Of("usertcp.connections.reset", Connections, "Connections reset by either end.", Counter.EstablishedResets),
        Of("usertcp.connections.timed_out", Connections, "Connections that ended because nothing was acknowledged.",
            Counter.TimedOut),
        new("usertcp.connections.aborted", Connections, "Connections reset because of a limit or a fault.",
            "usertcp.reset.reason",
        [
            (Counter.OrphansReset, "orphans"), (Counter.MemoryResets, "memory"),
            (Counter.MinProgressResets, "min_progress"), (Counter.ConnectionFaults, "fault"),
        ]),
        Of("usertcp.resets.sent", Segments, "RSTs sent.", Counter.ResetsSent),
        new("usertcp.recovery.events", "{event}", "Steps of loss recovery.", "usertcp.recovery.kind",
        [
            (Counter.RetransmissionTimeouts, "timeout"), (Counter.FastRetransmits, "fast_retransmit"),
            (Counter.TailLossProbes, "tail_loss_probe"), (Counter.SpuriousRecoveries, "spurious"),
        ]),
        new("usertcp.probes", Segments, "Segments that ask for an answer.", "usertcp.probe.kind",
        [
            (Counter.ZeroWindowProbes, "zero_window"), (Counter.KeepAlives, "keep_alive"),
        ]),
        Of("usertcp.challenge_acks", Segments, "Challenge ACKs sent.", Counter.ChallengeAcks),
        new("usertcp.icmp.sent", "{packet}", "ICMP messages sent, or kept back by their rate limit.",
            "usertcp.icmp.kind",
        [
            (Counter.EchoReplies, "echo_reply"), (Counter.IcmpErrorsSent, "error"),
            (Counter.IcmpRateLimited, "rate_limited"),
        ]),
        Of("usertcp.time_waits", Connections, "Connections that entered TIME-WAIT.", Counter.TimeWaits),
        Of("usertcp.time_waits.overflows", Connections, "TIME-WAITs that ended early as the table was full.",
            Counter.TimeWaitOverflows),
        Of("usertcp.sack.blocks.ignored", "{block}", "SACK blocks that cannot be right.", Counter.SackBlocksIgnored),
        Of("usertcp.duplicates.reported", "{block}", "D-SACK blocks received.", Counter.DuplicatesReported),
        new("usertcp.ecn.signals", Segments, "Segments received with CE or ECE.", "usertcp.ecn.signal",
        [
            (Counter.CeReceived, "ce"), (Counter.EceReceived, "ece"),
        ]),
        Of(
            "usertcp.path_mtu.black_holes", "{event}", "Paths that drop large packets silently.",
            Counter.PathMtuBlackHoles),
        new("usertcp.fast_opens", Connections, "Opens with data in the SYN.", "usertcp.fast_open.role",
        [
            (Counter.FastOpensSent, "client"), (Counter.FastOpensAccepted, "server"),
        ]),
        new("usertcp.syn_cookies", Segments, "SYN cookies.", "usertcp.syn_cookie.outcome",
        [
            (Counter.SynCookiesSent, "sent"), (Counter.SynCookiesReceived, "received"),
            (Counter.SynCookiesFailed, "failed"),
        ]),
        new("usertcp.datagrams", Datagrams, "UDP datagrams delivered to sockets, and sent.", Direction,
        [
            (Counter.UdpInDatagrams, Receive), (Counter.UdpOutDatagrams, Transmit),
        ]),
        Of("usertcp.datagrams.no_ports", Datagrams, "UDP datagrams to ports without a socket.", Counter.UdpNoPorts),
        new("usertcp.datagrams.errors", Datagrams,
            "UDP datagrams dropped: all, and those of a full receive queue or a wrong checksum.",
            "usertcp.datagram.error",
        [
            (Counter.UdpInErrors, "any"), (Counter.UdpRcvbufErrors, "receive_queue"),
            (Counter.UdpInCsumErrors, "checksum"),
        ]),
    ];

    /// <summary>The instrument's measurements among the counters.</summary>
    public IEnumerable<Measurement<long>> Measure(EngineCounters counters) => Values.Select(
        value => Tag is null
            ? new Measurement<long>(counters[value.Counter])
            : new Measurement<long>(counters[value.Counter], new KeyValuePair<string, object?>(Tag, value.Value)));

    private static CounterInstrument Of(string name, string unit, string description, Counter counter) =>
        new(name, unit, description, Tag: null, [(counter, "")]);
}
