using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Recovery;

/// <summary>The phases of F-RTO (RFC 5682) after a retransmission timeout.</summary>
internal enum FrtoPhase : byte
{
    /// <summary>No timeout is in question.</summary>
    None,

    /// <summary>No ACK has shown yet whether the timeout was spurious.</summary>
    Pending,

    /// <summary>Section 2.1 step 2b: new data goes out in place of retransmissions, and its ACK decides.</summary>
    SendingNewData,
}

/// <summary>
/// Detects that a recovery was spurious and undoes it (RFC 4015; Linux: tcp_try_undo_recovery). Three signs show that
/// nothing was lost: F-RTO after a timeout (RFC 5682), a timestamp from before the first retransmission (Eifel, RFC
/// 3522), and D-SACK for every byte retransmitted (RFC 3708).
/// </summary>
internal struct SpuriousRecovery
{
    private long _notDuplicated;
    private uint _firstStamp;
    private bool _hasRetransmitted;
    private SeqNum _retransmittedFrom;
    private SeqNum _retransmittedTo;
    private SeqNum _end;
    private bool _isOver;

    /// <summary>cwnd has been reduced, and the reduction can be undone.</summary>
    public bool IsPending { get; private set; }

    public FrtoPhase Frto { get; private set; }

    /// <summary>Every byte retransmitted has been reported as a duplicate (RFC 3708).</summary>
    public readonly bool IsAllDuplicate => IsPending && _hasRetransmitted && _notDuplicated <= 0;

    /// <summary>cwnd has been reduced: a new recovery begins.</summary>
    public void Begin() => this = new SpuriousRecovery { IsPending = true, Frto = Frto };

    /// <summary>The reduction cannot be undone any more.</summary>
    public void Clear() => this = new SpuriousRecovery { Frto = Frto };

    public void BeginFrto() => Frto = FrtoPhase.Pending;

    public void EndFrto() => Frto = FrtoPhase.None;

    /// <summary>Bytes are retransmitted, with TSval <paramref name="stamp"/> where timestamps are used.</summary>
    public void OnRetransmitted(SeqNum from, int octets, uint stamp)
    {
        if (!IsPending)
            return;
        if (!_hasRetransmitted)
            (_firstStamp, _retransmittedFrom, _retransmittedTo) = (stamp, from, from + octets);
        _retransmittedFrom = SeqNum.Min(_retransmittedFrom, from);
        _retransmittedTo = SeqNum.Max(_retransmittedTo, from + octets);
        _hasRetransmitted = true;
        _notDuplicated += octets;
    }

    /// <summary>
    /// A D-SACK block. One outside of what was retransmitted is for a duplicate that the network or a probe made.
    /// </summary>
    public void OnDuplicateReported(SackBlock block)
    {
        if (_hasRetransmitted && SeqRange.Between(_retransmittedFrom, _retransmittedTo).Contains(block.Range))
            _notDuplicated -= block.Right - block.Left;
    }

    /// <summary>The recovery is over. Its D-SACKs arrive before <paramref name="nxt"/> is acknowledged.</summary>
    public void OnRecovered(SeqNum nxt) => (_isOver, _end) = (true, nxt);

    /// <summary>SND.UNA has advanced.</summary>
    public void OnAcknowledged(SeqNum una)
    {
        if (_isOver && una > _end)
            Clear();
    }

    /// <summary>
    /// F-RTO: the timeout was spurious when the ACK delivers data that was sent before it and never retransmitted. An
    /// ACK that covers retransmitted data as well shows nothing.
    /// </summary>
    public readonly bool IsTimeoutSpurious(in Delivery delivery, SeqNum recoveryPoint) =>
        Frto != FrtoPhase.None && delivery.Originals > 0 && delivery.Ambiguous == 0
        && delivery.FirstOriginalEnd <= recoveryPoint;

    /// <summary>
    /// Eifel: the ACK echoes a timestamp from before the first retransmission, so it is for an original. In fast
    /// recovery that counts once no retransmission is in flight, since it may still hide a loss.
    /// </summary>
    public static bool IsOriginalAcknowledged(Flight flight, in AckInfo ack, SeqNum una)
    {
        ref readonly var spurious = ref flight.Spurious;
        if (ack.Acknowledged == 0 || ack.Echo is not { } echo || !spurious.IsPending)
            return false;
        if (spurious._hasRetransmitted && !TimestampClock.IsBefore(echo, spurious._firstStamp))
            return false;
        return flight.State switch
        {
            RecoveryState.Recovery => flight.Board.Retransmitted == 0 || una >= flight.RecoveryPoint,
            RecoveryState.Timeout => true,
            _ => false,
        };
    }

    /// <summary>
    /// F-RTO's next step, for an ACK that has not shown the timeout to be spurious: the first that advances SND.UNA
    /// lets new data out (section 2.1 step 2b), the next ends F-RTO, and lost data is retransmitted (step 3a).
    /// </summary>
    /// <param name="flight">The flight.</param>
    /// <param name="ack">The ACK.</param>
    /// <param name="delivery">What it delivers.</param>
    /// <param name="una">SND.UNA.</param>
    /// <param name="nxt">SND.NXT.</param>
    /// <param name="canSendNewData">There is new data, and the peer's window has room for it.</param>
    /// <param name="usesSack">SACK is used.</param>
    public static void AdvanceFrto(
        Flight flight, in AckInfo ack, in Delivery delivery, SeqNum una, SeqNum nxt, bool canSendNewData, bool usesSack)
    {
        ref var spurious = ref flight.Spurious;
        if (spurious.Frto == FrtoPhase.None || (delivery.Octets == 0 && !ack.IsDuplicate))
            return;
        var sendingNewData = spurious.Frto == FrtoPhase.SendingNewData;
        if (!sendingNewData && ack.Acknowledged > 0 && una < flight.RecoveryPoint && canSendNewData)
        {
            spurious.Frto = FrtoPhase.SendingNewData;
            return;
        }

        // Without SACK nothing shows whether the new data has left the network, so it counts as lost behind the hole.
        if (sendingNewData && !usesSack)
            flight.Board.MarkLostFrom(flight.RecoveryPoint);
        flight.RecoveryPoint = nxt;
        flight.IsForced |= sendingNewData;
        spurious.EndFrto();
    }

    /// <summary>
    /// Undoes the recovery: cwnd and ssthresh are restored, and what was not retransmitted is no longer lost.
    /// </summary>
    public static void Undo(Flight flight, CongestionControl congestion)
    {
        congestion.Undo();
        flight.Board.UnmarkLost();
        flight.Spurious = default;
        flight.DupAcks.Clear();
        flight.State = RecoveryState.Open;
    }
}
