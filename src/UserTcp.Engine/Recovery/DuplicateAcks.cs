using UserTcp.Engine.State;

namespace UserTcp.Engine.Recovery;

/// <summary>
/// What duplicate ACKs tell where there is no SACK: three of them that a segment is lost (RFC 5681 section 3.2), each of them that one has
/// left the network (limited transmit, RFC 3042; fast recovery, RFC 6582).
/// </summary>
internal struct DuplicateAcks
{
    private const int Threshold = 3;

    private int _count;

    // FlightSize at the first duplicate ACK; in fast recovery, at the loss.
    private int _flight;
    private int _inflation;

    /// <summary>A duplicate ACK outside of recovery. True when it is the one that shows a loss.</summary>
    public bool OnDuplicate(in SendSequence snd)
    {
        if (_count++ == 0)
            _flight = snd.FlightSize;
        return _count == Threshold;
    }

    /// <summary>RFC 5681 section 3.2 step 2: what limited transmit sent beyond cwnd does not count.</summary>
    public readonly int FlightAtLoss(in SendSequence snd, long window) => (int)Math.Min(snd.FlightSize, Math.Max(_flight, window));

    /// <summary>Fast recovery begins (RFC 6582 section 3.2 step 2).</summary>
    public void BeginRecovery(in SendSequence snd)
    {
        _flight = Math.Max(snd.FlightSize, Threshold * snd.Mss);
        _inflation = Threshold * snd.Mss;
    }

    /// <summary>A duplicate ACK in fast recovery. Each stands for a segment that was outstanding then: forged ones cannot release more than there were.</summary>
    public void OnDuplicateInRecovery(int smss) => _inflation = Math.Min(_inflation + smss, _flight);

    /// <summary>RFC 6582 section 3.2 step 3: a partial acknowledgment.</summary>
    public void OnPartial(int octets, int smss) => _inflation += (octets >= smss ? smss : 0) - octets;

    public void Clear() => this = default;

    /// <summary>Something new is acknowledged outside of recovery.</summary>
    public void OnAcknowledged() => _count = 0;

    /// <summary>What duplicate ACKs add to cwnd in octets, before a recovery: a segment for each of the first two (RFC 3042 section 2).</summary>
    public readonly long Limited(int smss) => Math.Min(_count, Threshold - 1) * smss;

    /// <summary>The same in fast recovery; may be negative.</summary>
    public readonly long Inflation => _inflation;
}
