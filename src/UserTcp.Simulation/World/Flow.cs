using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using static UserTcp.Simulation.World.InvariantException;

namespace UserTcp.Simulation.World;

/// <summary>A connection as its two applications see it, and whether what they see can be true.</summary>
internal sealed class Flow
{
    public Flow(ConnectionPlan plan, ulong seed)
    {
        Plan = plan;
        Client = new FlowEnd(this, "client", plan.Client, new Pattern(seed, 2 * plan.Id), new Pattern(seed, (2 * plan.Id) + 1));
        Server = new FlowEnd(this, "server", plan.Server, new Pattern(seed, (2 * plan.Id) + 1), new Pattern(seed, 2 * plan.Id));
    }

    public ConnectionPlan Plan { get; }

    public FlowEnd Client { get; }

    public FlowEnd Server { get; }

    /// <summary>The server's application has got it.</summary>
    public bool IsAccepted { get; set; }

    /// <summary>Why it need not come to its planned end; null when it must.</summary>
    public string? Excuse { get; private set; }

    /// <summary>It is over for both.</summary>
    public bool IsOver => Client.IsClosed && (Server.IsClosed || !IsAccepted);

    /// <summary>A fault in one of the two hosts has cost it.</summary>
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

    /// <summary>It was taken before its handshake was complete, and so may be taken again.</summary>
    public bool IsRepeatable { get; set; }

    /// <summary>The handshake is complete.</summary>
    public bool IsEstablished { get; set; }

    /// <summary>Octets given to TCP, of the plan's.</summary>
    public long Written { get; set; }

    /// <summary>Octets that the peer has acknowledged.</summary>
    public long Acknowledged { get; set; }

    /// <summary>Octets that came in, all checked.</summary>
    public long Delivered { get; private set; }

    /// <summary>Octets that this side's TCP has, read or not.</summary>
    public long Received => Connection?.Active.DataReceived ?? Delivered;

    /// <summary>Octets taken that still count against the window.</summary>
    public long Unconsumed { get; set; }

    /// <summary>The application has asked for FIN.</summary>
    public bool HasShutDown { get; set; }

    /// <summary>The application is gone, or has given up: it cares for nothing any more.</summary>
    public bool HasLeft { get; set; }

    /// <summary>TCP has said that the peer's FIN is there; the text before it may still be unread.</summary>
    public bool FinArrived { get; set; }

    /// <summary>The application has read to the peer's FIN.</summary>
    public bool HasReadToEnd { get; private set; }

    public bool IsClosed { get; private set; }

    public EngineError Error { get; private set; }

    public bool WriteScheduled { get; set; }

    public bool ReadScheduled { get; set; }

    /// <summary>I1: what comes in is what the other end wrote, in order, and no more.</summary>
    public void Deliver(ReadOnlySpan<byte> octets)
    {
        var different = receives.FirstDifference(octets, Delivered);
        Require(different < 0, "I1", $"{this}: octet {Delivered + different} is not what was sent");
        Delivered += octets.Length;
        Require(Delivered <= Other.Written, "I1", $"{this}: {Delivered} octets arrived of {Other.Written} sent");
    }

    /// <summary>I2: the end comes after everything, and only when the peer said so.</summary>
    public void ReadEnd()
    {
        if (HasReadToEnd)
            return;
        Require(Other.HasShutDown, "I2", $"{this}: end of stream though the peer has not sent FIN");
        Require(Delivered == Other.Written, "I2", $"{this}: end of stream after {Delivered} of {Other.Written} octets");
        HasReadToEnd = true;
    }

    /// <summary>I2: an end without error means that all went well; one with an error needs a reason.</summary>
    public void Close(EngineError error)
    {
        IsClosed = true;
        Error = error;
        if (HasLeft)
            return;
        if (error == EngineError.None)
        {
            Require(HasReadToEnd, "I2", $"{this}: closed without error before the end of the stream");
            Require(HasShutDown && Other.Received == Written, "I2", $"{this}: closed without error, but {Other.Received} of {Written} octets arrived");
            return;
        }

        if (!flow.IsAccepted)
            flow.ExcuseFor("never accepted");
        if (IsRepeatable && !IsEstablished)
            flow.ExcuseFor("handshake not completed");
        // The last ACK was lost and TIME-WAIT is over: the peer has forgotten that all went well.
        var peerIsDone = Other.IsClosed && Other.Error == EngineError.None && Other.Received == Written && HasReadToEnd;
        if (peerIsDone)
            flow.ExcuseFor("last ACK lost for too long");
        Require(flow.Excuse is not null, "I2", $"{this}: {error} though nobody gave up");
    }

    public override string ToString() => $"connection {flow.Plan.Id} {side}";
}
