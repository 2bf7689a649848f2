namespace UserTcp.Engine.Recovery;

/// <summary>
/// Proportional Rate Reduction (RFC 9937): in a recovery the sender sends in proportion to what is delivered, so that
/// ssthresh is in flight at its end, with neither a pause nor a burst.
/// </summary>
internal struct Prr
{
    private long _ssthresh;

    // RecoverFS, prr_delivered, prr_out.
    private long _recoverFlightSize;
    private long _delivered;
    private long _sent;

    /// <summary>Bytes that may be in flight until the next ACK.</summary>
    public long Window { get; private set; }

    /// <summary>
    /// A recovery begins with <paramref name="recoverFlightSize"/> bytes outstanding that were not delivered before.
    /// </summary>
    public void Begin(long ssthresh, long recoverFlightSize)
    {
        _ssthresh = ssthresh;
        _recoverFlightSize = Math.Max(recoverFlightSize, 1);
        _delivered = _sent = 0;
    }

    /// <summary>An ACK in the recovery.</summary>
    /// <param name="delivered">DeliveredData, bytes.</param>
    /// <param name="isSafe">SafeACK: SND.UNA has advanced, and no further loss is detected.</param>
    /// <param name="inFlight">Bytes in flight.</param>
    /// <param name="smss">SMSS in bytes.</param>
    public void OnAck(long delivered, bool isSafe, long inFlight, int smss)
    {
        _delivered += delivered;
        long sendCount;
        if (inFlight > _ssthresh)
        {
            sendCount = (((_delivered * _ssthresh) + _recoverFlightSize - 1) / _recoverFlightSize) - _sent;
        }
        else
        {
            sendCount = Math.Max(_delivered - _sent, delivered);
            if (isSafe)
                sendCount += smss;
            sendCount = Math.Min(_ssthresh - inFlight, sendCount);
        }

        // The first retransmission of the recovery is sent in any case.
        if (_sent == 0)
            sendCount = Math.Max(sendCount, smss);
        Window = inFlight + Math.Max(sendCount, 0);
    }

    public void OnSent(int octets) => _sent += octets;
}
