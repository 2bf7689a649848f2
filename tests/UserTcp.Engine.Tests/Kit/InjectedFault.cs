using UserTcp.Engine.Faults;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>What <see cref="InjectedFault"/> throws.</summary>
internal sealed class InjectedException(string message) : Exception(message);

/// <summary>Throws once, at a point of the engine, while a connection (or any, or none) is handled.</summary>
internal sealed class InjectedFault(FaultPoint point, Tcb? victim = null, int passes = 0) : IFaultInjector
{
    private int _passes = passes;

    public bool HasFired { get; private set; }

    public InjectedException Exception { get; } = new($"planted at {point}");

    public void At(FaultPoint here, Tcb? handling)
    {
        if (HasFired || here != point || (victim is not null && handling != victim) || _passes-- > 0)
            return;
        HasFired = true;
        throw Exception;
    }
}
