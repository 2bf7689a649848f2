using System.Diagnostics;
using UserTcp.Engine.Contract;
using UserTcp.Engine.FastOpen;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>A passive open (RFC 9293 section 3.10.1): a TCB in LISTEN with its half-open and accept queues, both bounded.</summary>
public sealed class Listener
{
    internal Listener(IpAddress localAddress, Port localPort, int backlog, ConnectionOptions options)
    {
        LocalAddress = localAddress;
        LocalPort = localPort;
        Backlog = backlog;
        Options = options;
    }

    /// <summary>The address listened on; unspecified means every address (:: of both families).</summary>
    public IpAddress LocalAddress { get; }

    /// <summary>The port listened on.</summary>
    public Port LocalPort { get; }

    /// <summary>Established connections that may wait to be accepted.</summary>
    public int Backlog { get; }

    /// <summary>What the accepted connections start with.</summary>
    public ConnectionOptions Options { get; }

    /// <summary>Whatever the engine's user wants to find here; the engine does not look at it.</summary>
    public object? Owner { get; set; }

    /// <summary>Its number in the listener table while it is there.</summary>
    internal int Number { get; set; }

    internal bool IsClosed { get; set; }

    internal bool HasPendingEvent { get; set; }

    /// <summary>Connections in SYN-RECEIVED that this listener made.</summary>
    internal int HalfOpen
    {
        get;
        set
        {
            Debug.Assert(value >= 0, "A half-open connection has left twice.");
            field = value;
        }
    }

    /// <summary>Until when an ACK may bring back a SYN cookie of this listener's.</summary>
    internal MonotonicTime CookiesUntil { get; set; } = new(long.MinValue);

    /// <summary>Those of them that are used already.</summary>
    internal PendingFastOpens FastOpens { get; } = new();

    /// <summary>Connections made by this listener that nobody has accepted yet, oldest first.</summary>
    internal Queue<Tcb> Accepted { get; } = new();
}
