using UserTcp.Engine;
using UserTcp.Engine.Contract;

namespace UserTcp.Requests;

/// <summary>An engine and the turn that its loop is in: all that a request needs to run. Loop's thread only.</summary>
internal sealed class EngineTurn(TcpEngine engine)
{
    public TcpEngine Engine => engine;

    /// <summary>When the turn began.</summary>
    public MonotonicTime Now { get; set; }

    /// <summary>True once the stack accepts neither new listeners nor new connections.</summary>
    public bool IsStopping { get; set; }
}
