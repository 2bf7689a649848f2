namespace UserTcp.Engine.Contract;

/// <summary>The initial window, IW (RFC 6928 section 2).</summary>
internal static class InitialWindow
{
    /// <summary>Segments in it, unless they are large.</summary>
    public const int Segments = 10;

    private const int MaxBytes = 14_600;

    /// <summary>IW in bytes: min(10 * SMSS, max(2 * SMSS, 14600)).</summary>
    public static long Of(int smss) => Math.Min(Segments * smss, Math.Max(2 * smss, MaxBytes));

    /// <summary>IW in bytes; one segment when the SYN or SYN,ACK was retransmitted (RFC 5681 section 3.1).</summary>
    public static long Of(int smss, bool handshakeRetransmitted) => handshakeRetransmitted ? smss : Of(smss);
}
