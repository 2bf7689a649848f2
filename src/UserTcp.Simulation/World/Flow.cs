using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using static UserTcp.Simulation.World.InvariantException;

namespace UserTcp.Simulation.World;

/// <summary>A connection as its two applications see it, with the invariants of what they see.</summary>
internal sealed class Flow
{
    public Flow(ConnectionPlan plan, ulong seed)
    {
        Plan = plan;
        Client = new FlowEnd(
            this, "client", plan.Client, new Pattern(seed, 2 * plan.Id), new Pattern(seed, (2 * plan.Id) + 1));
        Server = new FlowEnd(
            this, "server", plan.Server, new Pattern(seed, (2 * plan.Id) + 1), new Pattern(seed, 2 * plan.Id));
    }

    public ConnectionPlan Plan { get; }

    public FlowEnd Client { get; }

    public FlowEnd Server { get; }

    /// <summary>The application of the server has accepted the connection.</summary>
    public bool IsAccepted { get; set; }

    /// <summary>Why the connection may end other than planned; null when it must end as planned.</summary>
    public string? Excuse { get; private set; }

    /// <summary>Both sides have ended.</summary>
    public bool IsOver => Client.IsClosed && (Server.IsClosed || !IsAccepted);

    /// <summary>An injected fault has cost the connection.</summary>
    public bool IsVictim { get; private set; }

    public void LoseToFault()
    {
        IsVictim = true;
        ExcuseFor("a fault was injected");
    }

    public void ExcuseFor(string reason) => Excuse ??= reason;

    public override string ToString() => $"connection {Plan.Id}";
}

/// <summary>One side of a <see cref="Flow"/>.</summary>
internal sealed class FlowEnd(Flow flow, string side, EndPlan plan, Pattern sends, Pattern receives)
{
    public Flow Flow => flow;

    public EndPlan Plan => plan;

    public Pattern Sends => sends;

    public FlowEnd Other => flow.Client == this ? flow.Server : flow.Client;

    public Tcb? Connection { get; set; }

    /// <summary>
    /// The side accepted the connection before the handshake was complete, so a duplicate SYN can create it again.
    /// </summary>
    public bool IsRepeatable { get; set; }

    /// <summary>The handshake is complete.</summary>
    public bool IsEstablished { get; set; }

    /// <summary>Bytes that the application has written.</summary>
    public long Written { get; set; }

    /// <summary>Bytes that the peer has acknowledged.</summary>
    public long Acknowledged { get; set; }

    /// <summary>Bytes that the application has received and checked.</summary>
    public long Delivered { get; private set; }

    /// <summary>Bytes that the TCP of this side has received, read or not.</summary>
    public long Received => Connection?.Active.DataReceived ?? Delivered;

    /// <summary>Received bytes that the application has not yet consumed, which count against the window.</summary>
    public long Unconsumed { get; set; }

    /// <summary>The application has requested FIN.</summary>
    public bool HasShutDown { get; set; }

    /// <summary>The application has closed, aborted or given up, and no check applies to it.</summary>
    public bool HasLeft { get; set; }

    /// <summary>TCP has reported the peer's FIN. Data before it can still be unread.</summary>
    public bool FinArrived { get; set; }

    /// <summary>The application has read up to the peer's FIN.</summary>
    public bool HasReadToEnd { get; private set; }

    public bool IsClosed { get; private set; }

    public EngineError Error { get; private set; }

    public bool WriteScheduled { get; set; }

    public bool ReadScheduled { get; set; }

    /// <summary>I1: received data is what the other side wrote, in order, and not more.</summary>
    public void Deliver(ReadOnlySpan<byte> data)
    {
        var different = receives.FirstDifference(data, Delivered);
        Require(different < 0, "I1", $"{this}: byte {Delivered + different} is not the one sent");
        Delivered += data.Length;
        Require(Delivered <= Other.Written, "I1", $"{this}: {Delivered} bytes arrived of {Other.Written} sent");
    }

    /// <summary>I2: the end of the stream comes after all data, and only if the peer sent FIN.</summary>
    public void ReadEnd()
    {
        if (HasReadToEnd)
            return;
        Require(Other.HasShutDown, "I2", $"{this}: end of stream though the peer has not sent FIN");
        Require(Delivered == Other.Written, "I2", $"{this}: end of stream after {Delivered} of {Other.Written} bytes");
        HasReadToEnd = true;
    }

    /// <summary>I2: a close without error means that all data arrived; one with an error needs an excuse.</summary>
    public void Close(EngineError error)
    {
        IsClosed = true;
        Error = error;
        if (HasLeft)
            return;
        if (error == EngineError.None)
        {
            Require(HasReadToEnd, "I2", $"{this}: closed without error before the end of the stream");
            Require(
                HasShutDown && Other.Received == Written, "I2",
                $"{this}: closed without error, but {Other.Received} of {Written} bytes arrived");
            return;
        }

        if (!flow.IsAccepted)
            flow.ExcuseFor("never accepted");
        if (IsRepeatable && !IsEstablished)
            flow.ExcuseFor("handshake not completed");
        // The last ACK was lost and TIME-WAIT is over, so the peer answers the FIN with RST.
        var peerIsDone = Other.IsClosed && Other.Error == EngineError.None && Other.Received == Written && HasReadToEnd;
        if (peerIsDone)
            flow.ExcuseFor("last ACK lost for too long");
        Require(flow.Excuse is not null, "I2", $"{this}: {error} without an excuse");
    }

    public override string ToString() => $"connection {flow.Plan.Id} {side}";
}
