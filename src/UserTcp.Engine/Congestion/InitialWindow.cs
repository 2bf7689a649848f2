namespace UserTcp.Engine.Congestion;

/// <summary>The window that a connection starts with (RFC 6928 section 2).</summary>
internal static class InitialWindow
{
    /// <summary>Segments in it, if they are not large.</summary>
    public const int Segments = 10;

    private const int MaxBytes = 14_600;

    public static long Of(int smss) => Math.Min(Segments * smss, Math.Max(2 * smss, MaxBytes));

    /// <summary>RFC 5681 section 3.1: a lost SYN or SYN,ACK means one segment to begin with.</summary>
    public static long Of(int smss, bool handshakeRetransmitted) => handshakeRetransmitted ? smss : Of(smss);
}
