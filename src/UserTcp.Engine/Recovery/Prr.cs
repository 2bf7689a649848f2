namespace UserTcp.Engine.Recovery;

/// <summary>
/// Proportional Rate Reduction (RFC 9937, which follows RFC 6937): during a recovery, sends in proportion to what arrives, so that
/// ssthresh is in flight at its end, with neither a pause nor a burst.
/// </summary>
internal struct Prr
{
    private long _threshold;
    private long _recoverFlight;
    private long _delivered;
    private long _sent;

    /// <summary>What may be in flight until the next ACK, octets.</summary>
    public long Window { get; private set; }

    /// <summary>A recovery begins with <paramref name="recoverFlight"/> octets outstanding that had not been told of before (RecoverFS).</summary>
    public void Begin(long threshold, long recoverFlight)
    {
        _threshold = threshold;
        _recoverFlight = Math.Max(recoverFlight, 1);
        _delivered = _sent = 0;
    }

    /// <summary>
    /// An ACK tells of <paramref name="delivered"/> octets more that have arrived, with <paramref name="inFlight"/> left in the network.
    /// It is a safe one when it acknowledges something and no further loss is found (SafeACK).
    /// </summary>
    public void OnAck(long delivered, bool isSafe, long inFlight, int smss)
    {
        _delivered += delivered;
        long count;
        if (inFlight > _threshold)
        {
            count = (((_delivered * _threshold) + _recoverFlight - 1) / _recoverFlight) - _sent;
        }
        else
        {
            count = Math.Max(_delivered - _sent, delivered);
            if (isSafe)
                count += smss;
            count = Math.Min(_threshold - inFlight, count);
        }

        // What starts the recovery is sent in any case.
        if (_sent == 0)
            count = Math.Max(count, smss);
        Window = inFlight + Math.Max(count, 0);
    }

    public void OnSent(int octets) => _sent += octets;
}
