using UserTcp.Wire;

namespace UserTcp.Engine.Contract;

/// <summary>
/// The variables of a connection that events change, after an event. What an event changed is the difference between
/// its vitals and those of the connection's event before.
/// </summary>
public readonly record struct ConnectionVitals
{
    /// <summary>The state.</summary>
    public TcpState State { get; init; }

    /// <summary>SND.UNA.</summary>
    public SeqNum SndUna { get; init; }

    /// <summary>SND.NXT.</summary>
    public SeqNum SndNxt { get; init; }

    /// <summary>SND.WND in bytes, scaled.</summary>
    public uint SndWnd { get; init; }

    /// <summary>RCV.NXT.</summary>
    public SeqNum RcvNxt { get; init; }

    /// <summary>RCV.WND in bytes.</summary>
    public uint RcvWnd { get; init; }

    /// <summary>cwnd in bytes (RFC 5681).</summary>
    public long Cwnd { get; init; }

    /// <summary>ssthresh in bytes; <see cref="long.MaxValue"/> before the first loss.</summary>
    public long Ssthresh { get; init; }

    /// <summary>pipe (RFC 6675): bytes that are probably in the network.</summary>
    public int Pipe { get; init; }

    /// <summary>Bytes in flight that are SACKed.</summary>
    public int Sacked { get; init; }

    /// <summary>Bytes in flight that are lost.</summary>
    public int Lost { get; init; }

    /// <summary>SRTT (RFC 6298); zero before the first measurement.</summary>
    public TimeSpan Srtt { get; init; }

    /// <summary>RTTVAR (RFC 6298).</summary>
    public TimeSpan RttVar { get; init; }

    /// <summary>The minimum RTT measured recently; zero before the first measurement.</summary>
    public TimeSpan MinRtt { get; init; }

    /// <summary>RTO with its backoff.</summary>
    public TimeSpan Rto { get; init; }

    /// <summary>How often RTO has been doubled (RFC 6298 section 5.5).</summary>
    public byte Backoff { get; init; }

    /// <summary>The state of loss recovery.</summary>
    public RecoveryState Recovery { get; init; }

    /// <summary>What limited the sender when it last had the chance to send.</summary>
    public SendLimit Limit { get; init; }

    /// <summary>Bytes queued and never sent.</summary>
    public int Unsent { get; init; }

    /// <summary>Bytes received in order that the application has not consumed.</summary>
    public int Unread { get; init; }

    /// <summary>The first ranges of the reassembly queue, 4 at most. In front of each is a hole.</summary>
    public SackBlocks OutOfOrder { get; init; }

    /// <summary>Eff.snd.MSS in bytes (RFC 9293 section 3.7.1).</summary>
    public int SndMss { get; init; }

    /// <summary>Snd.Wind.Shift: the scale of the peer's window field (RFC 7323 section 2.2).</summary>
    public WindowScale SndScale { get; init; }

    /// <summary>Rcv.Wind.Shift: the scale of our window field.</summary>
    public WindowScale RcvScale { get; init; }
}
