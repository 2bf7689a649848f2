using UserTcp.Engine.FastOpen;
using UserTcp.Engine.PathMtu;

namespace UserTcp.Engine;

/// <content>Fields that few connections need, and which therefore lie elsewhere.</content>
public sealed partial class Tcb
{
    private Incidents? _incidents;

    /// <summary>The last error that was not the end (RFC 9293 section 3.9.1.8).</summary>
    public EngineError SoftError
    {
        get => _incidents?.SoftError ?? EngineError.None;
        internal set
        {
            if (value != SoftError)
                Incidents.SoftError = value;
        }
    }

    /// <summary>The exception that this connection was reset for (<see cref="EngineError.InternalFault"/>); null when there was none.</summary>
    public Exception? Fault
    {
        get => _incidents?.Fault;
        internal set => Incidents.Fault = value;
    }

    /// <summary>Before this time no further challenge ACK is sent (RFC 5961 section 7).</summary>
    internal MonotonicTime NextChallengeAck
    {
        get => _incidents?.NextChallengeAck ?? MonotonicTime.Zero;
        set => Incidents.NextChallengeAck = value;
    }

    /// <summary>When the peer last closed its window.</summary>
    internal MonotonicTime WindowClosedSince
    {
        get => _incidents?.WindowClosedSince ?? MonotonicTime.Zero;
        set => Incidents.WindowClosedSince = value;
    }

    /// <summary>Before this time no "too big" sends everything again.</summary>
    internal MonotonicTime NextPathMtuResend
    {
        get => _incidents?.NextPathMtuResend ?? MonotonicTime.Zero;
        set => Incidents.NextPathMtuResend = value;
    }

    /// <summary>The search for what the path carries; null while nothing is in doubt.</summary>
    internal PathMtuSearch? PathMtu
    {
        get => _incidents?.PathMtu;
        set
        {
            if (value != PathMtu)
                Incidents.PathMtu = value;
        }
    }

    /// <summary>Fast Open, until the handshake is complete; null where there is none.</summary>
    internal FastOpenState? FastOpen
    {
        get => _incidents?.FastOpen;
        set
        {
            if (value != FastOpen)
                Incidents.FastOpen = value;
        }
    }

    /// <summary>REMOTE_UTO (RFC 5482 section 3.1); null when the peer has told none, or nobody wants to know.</summary>
    internal TimeSpan? RemoteUserTimeout
    {
        get => _incidents?.RemoteUserTimeout;
        set => Incidents.RemoteUserTimeout = value;
    }

    /// <summary>ADV_UTO has changed: the next ACK tells the peer.</summary>
    internal bool TellsUserTimeout
    {
        get => _incidents?.TellsUserTimeout ?? false;
        set
        {
            if (value != TellsUserTimeout)
                Incidents.TellsUserTimeout = value;
        }
    }

    /// <summary>The SYN of the active open had text, and its peer has taken all of it (RFC 7413).</summary>
    internal bool SynTextTaken
    {
        get => _incidents?.SynTextTaken ?? false;
        set
        {
            if (value != SynTextTaken)
                Incidents.SynTextTaken = value;
        }
    }

    /// <summary>In SYN-SENT, whether a wrong ACK has drawn a SYN ahead of the retransmission timer.</summary>
    internal EarlySyn EarlySyn
    {
        get => _incidents?.EarlySyn ?? EarlySyn.None;
        set
        {
            if (value != EarlySyn)
                Incidents.EarlySyn = value;
        }
    }

    /// <summary>In SYN-RECEIVED, and usable already: its SYN had a valid cookie (RFC 7413).</summary>
    internal bool IsOpenEarly => State == TcpState.SynReceived && _incidents?.FastOpen?.Pending is not null;

    /// <summary>Zero-window probes in a row, for their backoff.</summary>
    internal int Probes
    {
        get => _incidents?.Probes ?? 0;
        set
        {
            if (value != Probes)
                Incidents.Probes = value;
        }
    }

    /// <summary>Keep-alive probes in a row that nothing has answered.</summary>
    internal int KeepAliveProbes
    {
        get => _incidents?.KeepAliveProbes ?? 0;
        set
        {
            if (value != KeepAliveProbes)
                Incidents.KeepAliveProbes = value;
        }
    }

    /// <summary>When the last of them was sent.</summary>
    internal MonotonicTime LastKeepAlive
    {
        get => _incidents?.LastKeepAlive ?? MonotonicTime.Zero;
        set => Incidents.LastKeepAlive = value;
    }

    private Incidents Incidents => _incidents ??= new Incidents();
}
