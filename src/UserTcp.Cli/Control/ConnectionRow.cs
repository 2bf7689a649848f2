using System.Net;
using UserTcp.Capture;
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
    };
}
