using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Simulation.World;

/// <summary>
/// A server with the model, an independent TCP: simple, slow, and unfriendly within the RFC. It shares no code with the
/// engine, so that it exposes mistakes that two engines would make alike.
/// </summary>
internal sealed class ModelStation(SimulatedWorld world, HostPlan plan, ModelPlan model, IpAddress address)
    : Station(world, plan, 1, address)
{
    private readonly SortedDictionary<ushort, ModelConnection> _connections = [];

    public override MonotonicTime NextDeadline =>
        _connections.Values.Aggregate(
            MonotonicTime.Never, static (earliest, connection) => MonotonicTime.Min(earliest, connection.NextDeadline));

    public override bool IsEmpty => _connections.Values.All(connection => connection.IsOver);

    public override void Receive(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: true, out var packet, out _) || packet.Destination != Address
            || packet.Protocol != IpProtocol.Tcp || !TcpSegment.TryParse(packet.Payload, out var segment)
            || !segment.HasValidChecksum(packet.Source, packet.Destination)
            || segment.DestinationPort != SimulatedWorld.ServerPort)
        {
            return;
        }

        var known = _connections.GetValueOrDefault(segment.SourcePort.Value);
        if (segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Ack)
            && (known is null || known.IsReplaceableBy(segment.Seq)))
        {
            Open(packet, segment);
        }
        else if (known is { IsDead: false })
        {
            known.Receive(segment);
        }
        else if (!segment.Has(TcpFlags.Rst))
        {
            Refuse(packet, segment);
        }
    }

    public override void OnTimer()
    {
        foreach (var connection in _connections.Values)
            connection.OnTimer();
    }

    public override void Open(Flow flow) => throw new InvalidOperationException("The model only listens.");

    public override void Turn()
    {
        foreach (var connection in _connections.Values)
            connection.Turn();
    }

    public override void OnHealed()
    {
        foreach (var connection in _connections.Values)
            connection.OnHealed();
    }

    public override void GiveUp(FlowEnd end)
    {
        foreach (var connection in _connections.Values.Where(connection => connection.End == end))
            connection.GiveUp();
    }

    /// <summary>Does nothing: the model is not under test, so it neither restarts nor pauses its listener.</summary>
    public override void Restart()
    {
    }

    public override void PauseListener(TimeSpan length)
    {
    }

    private void Open(in IpPacket packet, in TcpSegment segment)
    {
        if (World.Opened(segment.SourcePort, segment.Seq) is not { IsAccepted: false } flow)
            return;
        var tuple = new FourTuple(packet.Destination, segment.DestinationPort, packet.Source, segment.SourcePort);
        var iss = new SeqNum((Plan.SequenceNear ?? (uint)World.Decide(6, flow.Plan.Id)) - 1
            - (uint)(World.Decide(7, flow.Plan.Id) % 65_536));
        _connections[segment.SourcePort.Value] = new ModelConnection(this, model, flow.Server, tuple, iss, segment);
    }

    /// <summary>The RST of RFC 9293 section 3.10.7.1.</summary>
    private void Refuse(in IpPacket packet, in TcpSegment segment)
    {
        var header = segment.Has(TcpFlags.Ack)
            ? new TcpHeader(segment.DestinationPort, segment.SourcePort, segment.Ack, default, TcpFlags.Rst, 0)
            : new TcpHeader(
                segment.DestinationPort, segment.SourcePort, default, segment.Seq + segment.Length,
                TcpFlags.Rst | TcpFlags.Ack, 0);
        var tuple = new FourTuple(packet.Destination, segment.DestinationPort, packet.Source, segment.SourcePort);
        World.Send(this, Frames.Tcp(tuple, header, default, default));
    }
}
