using UserTcp.Engine.State;

namespace UserTcp.Engine.Tests.Kit;

/// <summary>What <see cref="PlantedFault"/> throws.</summary>
internal sealed class PlantedException(string message) : Exception(message);

/// <summary>Throws once, at a point of the engine, while a connection (or any, or none) is handled.</summary>
internal sealed class PlantedFault(FaultPoint point, Tcb? victim = null, int passes = 0) : IFaultInjector
{
    private int _passes = passes;

    public bool HasStruck { get; private set; }

    public PlantedException Exception { get; } = new($"planted at {point}");

    public void At(FaultPoint here, Tcb? handling)
    {
        if (HasStruck || here != point || (victim is not null && handling != victim) || _passes-- > 0)
            return;
        HasStruck = true;
        throw Exception;
    }
}
