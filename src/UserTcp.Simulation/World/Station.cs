using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Simulation.World;

/// <summary>A host at one end of the link.</summary>
internal abstract class Station(SimulatedWorld world, HostPlan plan, int index, IpAddress address)
{
    public SimulatedWorld World => world;

    public HostPlan Plan => plan;

    /// <summary>0 the client, 1 the server; also the number of the link that it sends on.</summary>
    public int Index => index;

    public string Name => index == 0 ? "client" : "server";

    public IpAddress Address => address;

    /// <summary>When <see cref="OnTimer"/> has to be called.</summary>
    public abstract MonotonicTime NextDeadline { get; }

    /// <summary>No connection, no TIME-WAIT, no memory in use.</summary>
    public abstract bool IsEmpty { get; }

    public abstract void Receive(ReadOnlySpan<byte> frame);

    public abstract void OnTimer();

    /// <summary>Opens a connection for a flow's client.</summary>
    public abstract void Open(Flow flow);

    /// <summary>Acts on what has been changed meanwhile, and sends what there is to send.</summary>
    public abstract void Turn();

    /// <summary>Everybody reads from now on.</summary>
    public abstract void OnHealed();

    /// <summary>Gives a flow's end up.</summary>
    public abstract void GiveUp(FlowEnd end);

    public abstract void Restart();

    public abstract void PauseListener(TimeSpan length);
}
