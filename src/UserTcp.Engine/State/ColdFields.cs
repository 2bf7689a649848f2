using UserTcp.Engine.Contract;
using UserTcp.Engine.PathMtu;

namespace UserTcp.Engine.State;

/// <summary>What is remembered of things that happen to few connections; made when the first of them happens.</summary>
internal sealed class ColdFields
{
    public MonotonicTime NextChallengeAck;
    public MonotonicTime NextPathMtuRetransmission;
    public MonotonicTime WindowClosedSince;
    public MonotonicTime LastKeepAlive;
    public PathMtuSearch? PathMtu;
    public FastOpenState? FastOpen;
    public TimeSpan? RemoteUserTimeout;
    public bool UserTimeoutDue;
    public bool SynDataAccepted;
    public EarlySyn EarlySyn;
    public int ZeroWindowProbes;
    public int KeepAliveProbes;
    public EngineError SoftError;
    public Exception? Fault;

    // Of a parked connection: what few have while they are idle.
    public ReceiveTuning? ReceiveTuning;
    public Deadlines? Deadlines;
}

/// <content>Fields that few connections need, and which therefore lie elsewhere.</content>
public sealed partial class Tcb
{
    private ColdFields? _coldFields;

    /// <summary>The last error that was not the end (RFC 9293 section 3.9.1.8).</summary>
    public EngineError SoftError
    {
        get => _coldFields?.SoftError ?? EngineError.None;
        internal set
        {
            if (value != SoftError)
                ColdFields.SoftError = value;
        }
    }

    /// <summary>The exception that this connection was reset for (<see cref="EngineError.InternalFault"/>); null when there was none.</summary>
    public Exception? Fault
    {
        get => _coldFields?.Fault;
        internal set => ColdFields.Fault = value;
    }

    /// <summary>Before this time no further challenge ACK is sent (RFC 5961 section 7).</summary>
    internal MonotonicTime NextChallengeAck
    {
        get => _coldFields?.NextChallengeAck ?? MonotonicTime.Zero;
        set => ColdFields.NextChallengeAck = value;
    }

    /// <summary>When the peer last closed its window.</summary>
    internal MonotonicTime WindowClosedSince
    {
        get => _coldFields?.WindowClosedSince ?? MonotonicTime.Zero;
        set => ColdFields.WindowClosedSince = value;
    }

    /// <summary>Before this time no "too big" sends everything again.</summary>
    internal MonotonicTime NextPathMtuRetransmission
    {
        get => _coldFields?.NextPathMtuRetransmission ?? MonotonicTime.Zero;
        set => ColdFields.NextPathMtuRetransmission = value;
    }

    /// <summary>The search for what the path carries; null while nothing is in doubt.</summary>
    internal PathMtuSearch? PathMtu
    {
        get => _coldFields?.PathMtu;
        set
        {
            if (value != PathMtu)
                ColdFields.PathMtu = value;
        }
    }

    /// <summary>Fast Open, until the handshake is complete; null where there is none.</summary>
    internal FastOpenState? FastOpen
    {
        get => _coldFields?.FastOpen;
        set
        {
            if (value != FastOpen)
                ColdFields.FastOpen = value;
        }
    }

    /// <summary>REMOTE_UTO (RFC 5482 section 3.1); null when the peer has told none, or nobody wants to know.</summary>
    internal TimeSpan? RemoteUserTimeout
    {
        get => _coldFields?.RemoteUserTimeout;
        set => ColdFields.RemoteUserTimeout = value;
    }

    /// <summary>ADV_UTO has changed: the next ACK tells the peer.</summary>
    internal bool UserTimeoutDue
    {
        get => _coldFields?.UserTimeoutDue ?? false;
        set
        {
            if (value != UserTimeoutDue)
                ColdFields.UserTimeoutDue = value;
        }
    }

    /// <summary>The SYN of the active open had text, and its peer has taken all of it (RFC 7413).</summary>
    internal bool SynDataAccepted
    {
        get => _coldFields?.SynDataAccepted ?? false;
        set
        {
            if (value != SynDataAccepted)
                ColdFields.SynDataAccepted = value;
        }
    }

    /// <summary>In SYN-SENT, whether a wrong ACK has drawn a SYN ahead of the retransmission timer.</summary>
    internal EarlySyn EarlySyn
    {
        get => _coldFields?.EarlySyn ?? EarlySyn.None;
        set
        {
            if (value != EarlySyn)
                ColdFields.EarlySyn = value;
        }
    }

    /// <summary>In SYN-RECEIVED, and usable already: its SYN had a valid cookie (RFC 7413).</summary>
    internal bool IsOpenEarly => State == TcpState.SynReceived && _coldFields?.FastOpen?.Pending is not null;

    /// <summary>A connection that Fast Open has opened early leaves SYN-RECEIVED: its request is no longer pending.</summary>
    internal void EndFastOpen()
    {
        FastOpen?.Pending?.FastOpens.Remove();
        FastOpen = null;
    }

    /// <summary>Zero-window probes in a row, for their backoff.</summary>
    internal int ZeroWindowProbes
    {
        get => _coldFields?.ZeroWindowProbes ?? 0;
        set
        {
            if (value != ZeroWindowProbes)
                ColdFields.ZeroWindowProbes = value;
        }
    }

    /// <summary>Keep-alive probes in a row that nothing has answered.</summary>
    internal int KeepAliveProbes
    {
        get => _coldFields?.KeepAliveProbes ?? 0;
        set
        {
            if (value != KeepAliveProbes)
                ColdFields.KeepAliveProbes = value;
        }
    }

    /// <summary>When the last of them was sent.</summary>
    internal MonotonicTime LastKeepAlive
    {
        get => _coldFields?.LastKeepAlive ?? MonotonicTime.Zero;
        set => ColdFields.LastKeepAlive = value;
    }

    private ColdFields ColdFields => _coldFields ??= new ColdFields();
}

/// <summary>A SYN that a wrong ACK in SYN-SENT makes go out ahead of the retransmission timer; one for each time that the timer sends it.</summary>
internal enum EarlySyn : byte
{
    /// <summary>None since the timer last sent the SYN.</summary>
    None,

    /// <summary>The timer is set to send it, and its expiry is no timeout.</summary>
    Due,

    /// <summary>It has been sent: the next one is the timer's.</summary>
    Sent,
}
