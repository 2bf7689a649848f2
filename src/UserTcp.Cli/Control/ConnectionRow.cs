using System.Net;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Control;

/// <summary>A row of the socket table in JSON.</summary>
internal sealed record ConnectionRow
{
    public required string State { get; init; }

    public required string Local { get; init; }

    public required string Peer { get; init; }

    public long ReceiveQueue { get; init; }

    public long SendQueue { get; init; }

    public uint SndUna { get; init; }

    public uint SndNxt { get; init; }

    public uint SndWnd { get; init; }

    public uint RcvNxt { get; init; }

    public uint RcvWnd { get; init; }

    public bool Timestamps { get; init; }

    public bool Sack { get; init; }

    public bool Ecn { get; init; }

    /// <summary>The congestion control; null where there is none.</summary>
    public string? CongestionControl { get; init; }

    public int Mss { get; init; }

    public long Cwnd { get; init; }

    public long? Ssthresh { get; init; }

    public double SrttMicroseconds { get; init; }

    public double RttvarMicroseconds { get; init; }

    public double RtoMilliseconds { get; init; }

    public long Retransmissions { get; init; }

    public long OctetsReceived { get; init; }

    public long OctetsAcknowledged { get; init; }

    public double? TimeWaitLeftSeconds { get; init; }

    /// <summary>The timers that run, and when they are due.</summary>
    public IReadOnlyList<TimerRow> Timers { get; init; } = [];

    public int Backoff { get; init; }

    public int Timeouts { get; init; }

    public string? Recovery { get; init; }

    public long? PacingRate { get; init; }

    public double MinRttMicroseconds { get; init; }

    public int SendScale { get; init; }

    public int ReceiveScale { get; init; }

    public int PeerMss { get; init; }

    public int FlightSize { get; init; }

    public long Unsent { get; init; }

    public int Lost { get; init; }

    public int SackedSegments { get; init; }

    public int SendBufferSize { get; init; }

    public int ReceiveBufferSize { get; init; }

    public double? LastSentMilliseconds { get; init; }

    public double? LastReceivedMilliseconds { get; init; }

    public double? LastAckMilliseconds { get; init; }

    public double PeerWindowLimitedMilliseconds { get; init; }

    public double CongestionWindowLimitedMilliseconds { get; init; }

    public double PacingLimitedMilliseconds { get; init; }

    /// <summary>Why nothing more is sent now, and for how long; null where nothing limits.</summary>
    public string? Why { get; init; }

    /// <summary>The whole table of a stack.</summary>
    public static ConnectionRow[] From(UserTcpStack stack) => [.. stack.GetConnections().Select(From)];

    /// <summary>One connection.</summary>
    public static ConnectionRow From(ConnectionSnapshot snapshot) => new()
    {
        State = SegmentLine.State(snapshot.State),
        Local = new IPEndPoint(snapshot.Tuple.LocalAddress.ToIPAddress(), snapshot.Tuple.LocalPort.Value).ToString(),
        Peer = snapshot.State == TcpState.Listen
            ? "*:*"
            : new IPEndPoint(snapshot.Tuple.RemoteAddress.ToIPAddress(), snapshot.Tuple.RemotePort.Value).ToString(),
        ReceiveQueue = snapshot.ReceiveQueue,
        SendQueue = snapshot.SendQueue,
        SndUna = snapshot.SndUna,
        SndNxt = snapshot.SndNxt,
        SndWnd = snapshot.SndWnd,
        RcvNxt = snapshot.RcvNxt,
        RcvWnd = snapshot.RcvWnd,
        Timestamps = snapshot.Timestamps,
        Sack = snapshot.Sack,
        Ecn = snapshot.Ecn,
        CongestionControl = snapshot.CongestionControl,
        Mss = snapshot.SendMss,
        Cwnd = snapshot.CongestionWindow,
        Ssthresh = snapshot.SlowStartThreshold == long.MaxValue ? null : snapshot.SlowStartThreshold,
        SrttMicroseconds = snapshot.SmoothedRtt.TotalMicroseconds,
        RttvarMicroseconds = snapshot.RttVariation.TotalMicroseconds,
        RtoMilliseconds = snapshot.Rto.TotalMilliseconds,
        Retransmissions = snapshot.Retransmissions,
        OctetsReceived = snapshot.DataReceived,
        OctetsAcknowledged = snapshot.DataAcknowledged,
        TimeWaitLeftSeconds = snapshot.TimeWaitLeft?.TotalSeconds,
        Timers = [.. snapshot.Timers.Select(TimerRow.From)],
        Backoff = snapshot.RtoBackoff,
        Timeouts = snapshot.Backoff,
        Recovery = snapshot.CongestionControl is null ? null : snapshot.Recovery.ToString(),
        PacingRate = snapshot.PacingRate,
        MinRttMicroseconds = snapshot.MinRtt.TotalMicroseconds,
        SendScale = snapshot.SendWindowScale,
        ReceiveScale = snapshot.ReceiveWindowScale,
        PeerMss = snapshot.PeerMss,
        FlightSize = snapshot.FlightSize,
        Unsent = snapshot.Unsent,
        Lost = snapshot.Lost,
        SackedSegments = snapshot.SackedSegments,
        SendBufferSize = snapshot.SendBufferSize,
        ReceiveBufferSize = snapshot.ReceiveBufferSize,
        LastSentMilliseconds = snapshot.SinceDataSent?.TotalMilliseconds,
        LastReceivedMilliseconds = snapshot.SinceDataReceived?.TotalMilliseconds,
        LastAckMilliseconds = snapshot.SinceAckReceived?.TotalMilliseconds,
        PeerWindowLimitedMilliseconds = snapshot.PeerWindowLimited.TotalMilliseconds,
        CongestionWindowLimitedMilliseconds = snapshot.CongestionWindowLimited.TotalMilliseconds,
        PacingLimitedMilliseconds = snapshot.PacingLimited.TotalMilliseconds,
        Why = SendLimits.Explain(snapshot),
    };
}

/// <summary>A timer that runs.</summary>
/// <param name="Timer">Its name.</param>
/// <param name="DueMilliseconds">When it is due.</param>
internal sealed record TimerRow(string Timer, double DueMilliseconds)
{
    public static TimerRow From(TimerSnapshot timer) => new(timer.Timer.ToString(), timer.DueIn.TotalMilliseconds);
}
