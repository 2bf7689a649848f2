using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// Loss detection by counting. Without SACK: three duplicate ACKs show a loss (RFC 5681 section 3.2), and each shows
/// that a segment has left the network (limited transmit, RFC 3042; fast recovery, RFC 6582). With SACK and without
/// RACK: three SACKed segments above a hole show that it is lost (RFC 6675).
/// </summary>
internal struct DupAckRecovery
{
    // DupThresh.
    private const int DupThresh = 3;

    private int _count;

    // FlightSize at the first duplicate ACK; in fast recovery, FlightSize at its start.
    private int _flightSize;
    private int _inflation;

    /// <summary>What duplicate ACKs add to cwnd in fast recovery, bytes; may be negative.</summary>
    public readonly long Inflation => _inflation;

    /// <summary>
    /// IsLost() of RFC 6675 section 4 for the whole scoreboard. It knows no time, and does not find a lost
    /// retransmission.
    /// </summary>
    /// <returns>Bytes marked lost.</returns>
    public static int DetectLossBySack(Scoreboard board, int smss)
    {
        if (board.Sacked == 0)
            return 0;
        var lost = 0;
        var segments = 0;
        long octets = 0;
        var ranges = board.Ranges;
        for (var i = ranges.Length - 1; i >= 0; i--)
        {
            ref readonly var range = ref ranges[i];
            if (range.Has(RangeFlags.Sacked))
            {
                segments += range.Segments;
                octets += range.End - (i == 0 ? board.Start : ranges[i - 1].End);
            }
            else if (!range.Has(RangeFlags.Lost | RangeFlags.Ambiguous)
                && (segments >= DupThresh || octets > (DupThresh - 1) * smss))
            {
                lost += board.MarkLost(i);
            }
        }

        return lost;
    }

    /// <summary>Detects a loss without SACK (RFC 5681 section 3.2, RFC 6582 section 3.2).</summary>
    /// <param name="flight">
    /// The flight; its duplicate ACKs are counted, and its first segment is marked when it is lost.
    /// </param>
    /// <param name="ack">The ACK.</param>
    /// <param name="una">SND.UNA.</param>
    /// <param name="nxt">SND.NXT.</param>
    /// <param name="smss">SMSS in bytes.</param>
    /// <returns>Bytes marked lost.</returns>
    public static int DetectLoss(Flight flight, in AckInfo ack, SeqNum una, SeqNum nxt, int smss)
    {
        ref var state = ref flight.DupAcks;
        if (flight.State == RecoveryState.Recovery)
        {
            if (ack.IsDuplicate)
                state.OnDuplicateInRecovery(smss);
            return ack.Acknowledged > 0 ? OnPartialAck(flight, ack.Acknowledged, smss) : 0;
        }

        if (flight.State is RecoveryState.Timeout or RecoveryState.RetransmitAll)
            return 0;
        if (ack.Acknowledged > 0)
        {
            state._count = 0;
            // Kept close to SND.UNA: after 2^31 bytes without a loss it would seem to lie ahead.
            if (flight.State == RecoveryState.Open)
                flight.RecoveryPoint = SeqNum.Max(flight.RecoveryPoint, una - 1);
            return 0;
        }

        // RFC 6582 section 3.2 step 2: once for each window of data.
        if (!ack.IsDuplicate || !state.CountDuplicate(nxt - una) || una <= flight.RecoveryPoint)
            return 0;
        return flight.Board.MarkFirstLost(smss);
    }

    /// <summary>
    /// FlightSize at the loss, without what limited transmit has sent beyond cwnd (RFC 5681 section 3.2 step 2).
    /// </summary>
    public readonly int FlightSizeAtLoss(int flightSize, long window) =>
        (int)Math.Min(flightSize, Math.Max(_flightSize, window));

    /// <summary>Fast recovery begins (RFC 6582 section 3.2 step 2).</summary>
    public void BeginRecovery(int flightSize, int smss)
    {
        _flightSize = Math.Max(flightSize, DupThresh * smss);
        _inflation = DupThresh * smss;
    }

    /// <summary>
    /// What the first two duplicate ACKs add to cwnd: a segment each (limited transmit, RFC 3042 section 2), in bytes.
    /// </summary>
    public readonly long LimitedTransmit(int smss) => Math.Min(_count, DupThresh - 1) * smss;

    public void Clear() => this = default;

    private static int OnPartialAck(Flight flight, int acknowledged, int smss)
    {
        // RFC 6582 section 3.2 step 3: cwnd deflates by what is acknowledged, and the next segment is lost too.
        flight.DupAcks._inflation += (acknowledged >= smss ? smss : 0) - acknowledged;
        flight.Reason = SegmentReason.PartialAck;
        flight.IsForced = true;
        return flight.Board.MarkFirstLost(smss);
    }

    /// <summary>Counts a duplicate ACK outside of recovery. True when it is the one that shows a loss.</summary>
    private bool CountDuplicate(int flightSize)
    {
        if (_count++ == 0)
            _flightSize = flightSize;
        return _count == DupThresh;
    }

    /// <summary>
    /// Each stands for a segment that was in flight: forged ones cannot release more than there were.
    /// </summary>
    private void OnDuplicateInRecovery(int smss) => _inflation = Math.Min(_inflation + smss, _flightSize);
}
