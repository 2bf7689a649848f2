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
