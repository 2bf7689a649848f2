using UserTcp.Engine.State;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>Thrown by <see cref="InjectedFault"/>.</summary>
internal sealed class InjectedException(string message) : Exception(message);

/// <summary>Throws once at a fault point of the engine, for one connection or for any.</summary>
internal sealed class InjectedFault(FaultPoint point, Tcb? victim = null, int passes = 0) : IFaultInjector
{
    private int _passes = passes;

    public bool HasFired { get; private set; }

    public InjectedException Exception { get; } = new($"injected at {point}");

    public void At(FaultPoint here, Tcb? handling)
    {
        if (HasFired || here != point || (victim is not null && handling != victim) || _passes-- > 0)
            return;
        HasFired = true;
        throw Exception;
    }
}
