namespace UserTcp.Engine.State;

/// <summary>Properties of a connection that are true or false, in one byte.</summary>
[Flags]
internal enum TcbFlags : byte
{
    IsPassive = 1 << 0,
    SackOk = 1 << 1,
    OffersWindowScale = 1 << 2,
    IsLooped = 1 << 3,
    HandshakeRetransmitted = 1 << 4,
    IsSynAmbiguous = 1 << 5,
    IsLive = 1 << 6,
}

/// <content>The <see cref="TcbFlags"/>. A host may have a million idle connections, so they share a byte.</content>
public sealed partial class Tcb
{
    private TcbFlags _flags;

    /// <summary>The connection began with a passive open (MUST-11).</summary>
    internal bool IsPassive
    {
        get => Has(TcbFlags.IsPassive);
        init => Set(TcbFlags.IsPassive, value);
    }

    /// <summary>Both SYNs have SACK-permitted (RFC 2018 section 2). Before the peer's SYN: ours has it.</summary>
    internal bool SackOk
    {
        get => Has(TcbFlags.SackOk);
        set => Set(TcbFlags.SackOk, value);
    }

    /// <summary>
    /// Our SYN has the window scale option: always in an active open, else when the peer's has it (RFC 7323 section
    /// 2.2).
    /// </summary>
    internal bool OffersWindowScale
    {
        get => Has(TcbFlags.OffersWindowScale);
        set => Set(TcbFlags.OffersWindowScale, value);
    }

    /// <summary>The peer is this host itself: segments come back without the link.</summary>
    internal bool IsLooped
    {
        get => Has(TcbFlags.IsLooped);
        init => Set(TcbFlags.IsLooped, value);
    }

    /// <summary>Our SYN was retransmitted, by timeout or for a repeated SYN of the peer.</summary>
    internal bool HandshakeRetransmitted
    {
        get => Has(TcbFlags.HandshakeRetransmitted);
        set => Set(TcbFlags.HandshakeRetransmitted, value);
    }

    /// <summary>
    /// Our SYN was sent more than once, so its ACK does not measure the round trip (Karn's algorithm, RFC 6298 section
    /// 3).
    /// </summary>
    internal bool IsSynAmbiguous
    {
        get => Has(TcbFlags.IsSynAmbiguous);
        set => Set(TcbFlags.IsSynAmbiguous, value);
    }

    /// <summary>The connection is in the connection table.</summary>
    internal bool IsLive
    {
        get => Has(TcbFlags.IsLive);
        set => Set(TcbFlags.IsLive, value);
    }

    private bool Has(TcbFlags flag) => (_flags & flag) != 0;

    private void Set(TcbFlags flag, bool value) => _flags = value ? _flags | flag : _flags & ~flag;
}
