using UserTcp.Engine.Contract;
using UserTcp.Engine.PathMtu;

namespace UserTcp.Engine.State;

/// <summary>Fields that few connections need, created when the first of them is set.</summary>
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
    public CongestionControlFactory? CustomCongestionControl;

    // Of a parked connection. Few have them while they are idle.
    public ReceiveTuning? ReceiveTuning;
    public Deadlines? Deadlines;
    public LimitTimes? LimitTimes;
}

/// <content>The <see cref="ColdFields"/>: a getter returns the default while there are none.</content>
public sealed partial class Tcb
{
    private ColdFields? _coldFields;

    /// <summary>The last soft error, which does not end the connection (RFC 9293 section 3.9.1.8).</summary>
    public EngineError SoftError
    {
        get => _coldFields?.SoftError ?? EngineError.None;
        internal set
        {
            if (value != SoftError)
                ColdFields.SoftError = value;
        }
    }

    /// <summary>
    /// The exception that this connection was reset for (<see cref="EngineError.InternalFault"/>), or null.
    /// </summary>
    public Exception? Fault
    {
        get => _coldFields?.Fault;
        internal set => ColdFields.Fault = value;
    }

    /// <summary>The congestion control of the application's own; null for a built-in one. Fixed at the open.</summary>
    internal CongestionControlFactory? CustomCongestionControl
    {
        get => _coldFields?.CustomCongestionControl;
        init
        {
            if (value is not null)
                ColdFields.CustomCongestionControl = value;
        }
    }

    /// <summary>No challenge ACK is sent before this time (RFC 5961 section 7).</summary>
    internal MonotonicTime NextChallengeAck
    {
        get => _coldFields?.NextChallengeAck ?? MonotonicTime.Zero;
        set => ColdFields.NextChallengeAck = value;
    }

    /// <summary>When SND.WND last became zero.</summary>
    internal MonotonicTime WindowClosedSince
    {
        get => _coldFields?.WindowClosedSince ?? MonotonicTime.Zero;
        set => ColdFields.WindowClosedSince = value;
    }

    /// <summary>No ICMP "packet too big" retransmits all data before this time.</summary>
    internal MonotonicTime NextPathMtuRetransmission
    {
        get => _coldFields?.NextPathMtuRetransmission ?? MonotonicTime.Zero;
        set => ColdFields.NextPathMtuRetransmission = value;
    }

    /// <summary>The path MTU search; null while none runs.</summary>
    internal PathMtuSearch? PathMtu
    {
        get => _coldFields?.PathMtu;
        set
        {
            if (value != PathMtu)
                ColdFields.PathMtu = value;
        }
    }

    /// <summary>The state of Fast Open until the handshake is complete; null without Fast Open.</summary>
    internal FastOpenState? FastOpen
    {
        get => _coldFields?.FastOpen;
        set
        {
            if (value != FastOpen)
                ColdFields.FastOpen = value;
        }
    }

    /// <summary>REMOTE_UTO (RFC 5482 section 3.1); null until the peer has sent it while ENABLED.</summary>
    internal TimeSpan? RemoteUserTimeout
    {
        get => _coldFields?.RemoteUserTimeout;
        set => ColdFields.RemoteUserTimeout = value;
    }

    /// <summary>ADV_UTO has changed: the next ACK has the user timeout option.</summary>
    internal bool UserTimeoutDue
    {
        get => _coldFields?.UserTimeoutDue ?? false;
        set
        {
            if (value != UserTimeoutDue)
                ColdFields.UserTimeoutDue = value;
        }
    }

    /// <summary>The SYN had data, and the receiver accepted all of it (RFC 7413).</summary>
    internal bool SynDataAccepted
    {
        get => _coldFields?.SynDataAccepted ?? false;
        set
        {
            if (value != SynDataAccepted)
                ColdFields.SynDataAccepted = value;
        }
    }

    /// <summary>In SYN-SENT: the SYN that a wrong ACK has drawn ahead of the retransmission timer.</summary>
    internal EarlySyn EarlySyn
    {
        get => _coldFields?.EarlySyn ?? EarlySyn.None;
        set
        {
            if (value != EarlySyn)
                ColdFields.EarlySyn = value;
        }
    }

    /// <summary>In SYN-RECEIVED and already usable: the SYN had a valid Fast Open cookie (RFC 7413).</summary>
    internal bool IsOpenEarly => State == TcpState.SynReceived && _coldFields?.FastOpen?.Pending is not null;

    /// <summary>The connection leaves SYN-RECEIVED: its Fast Open request is no longer pending.</summary>
    internal void EndFastOpen()
    {
        FastOpen?.Pending?.FastOpens.Remove();
        FastOpen = null;
    }

    /// <summary>
    /// Zero-window probes since the window closed or data was acknowledged: the backoff of their interval.
    /// </summary>
    internal int ZeroWindowProbes
    {
        get => _coldFields?.ZeroWindowProbes ?? 0;
        set
        {
            if (value != ZeroWindowProbes)
                ColdFields.ZeroWindowProbes = value;
        }
    }

    /// <summary>Keep-alive probes in a row without an answer.</summary>
    internal int KeepAliveProbes
    {
        get => _coldFields?.KeepAliveProbes ?? 0;
        set
        {
            if (value != KeepAliveProbes)
                ColdFields.KeepAliveProbes = value;
        }
    }

    /// <summary>When the last keep-alive probe was sent.</summary>
    internal MonotonicTime LastKeepAlive
    {
        get => _coldFields?.LastKeepAlive ?? MonotonicTime.Zero;
        set => ColdFields.LastKeepAlive = value;
    }

    private ColdFields ColdFields => _coldFields ??= new ColdFields();
}

/// <summary>
/// The SYN that a wrong ACK in SYN-SENT draws ahead of the retransmission timer: one for each SYN that the timer sends.
/// </summary>
internal enum EarlySyn : byte
{
    /// <summary>None since the timer sent the last SYN.</summary>
    None,

    /// <summary>The retransmission timer is set for it; its expiry does not count as a timeout.</summary>
    Due,

    /// <summary>It has been sent. The next SYN is sent by timeout.</summary>
    Sent,
}
