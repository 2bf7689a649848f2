using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Simulation.World;

/// <summary>A host at one end of the links.</summary>
internal abstract class Station(SimulatedWorld world, HostPlan plan, int index, IpAddress address)
{
    public SimulatedWorld World => world;

    public HostPlan Plan => plan;

    /// <summary>0 the client, 1 the server; also the number of the link that it sends on.</summary>
    public int Index => index;

    public string Name => index == 0 ? "client" : "server";

    public IpAddress Address => address;

    /// <summary>When <see cref="OnTimer"/> is due.</summary>
    public abstract MonotonicTime NextDeadline { get; }

    /// <summary>True without connections, TIME-WAIT and rented blocks.</summary>
    public abstract bool IsEmpty { get; }

    public abstract void Receive(ReadOnlySpan<byte> frame);

    public abstract void OnTimer();

    /// <summary>Opens a connection for a flow's client.</summary>
    public abstract void Open(Flow flow);

    /// <summary>Handles the events of the TCP, and sends what it has to send.</summary>
    public abstract void Turn();

    /// <summary>All applications read from now on.</summary>
    public abstract void OnHealed();

    /// <summary>Aborts the end of a flow.</summary>
    public abstract void GiveUp(FlowEnd end);

    public abstract void Restart();

    public abstract void PauseListener(TimeSpan length);
}
