using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Engine.Tables;
using UserTcp.Wire;

namespace UserTcp.Engine.Calls;

/// <summary>OPEN (RFC 9293 section 3.10.1), passive and active.</summary>
internal sealed class OpenCall(EngineCore core)
{
    private readonly EphemeralPorts _ports = new(core.Keys.Ports, core.Options.FirstEphemeralPort, core.Options.LastEphemeralPort);
    private readonly FastOpenConnect _fastOpen = new(core);

    public EngineError Passive(IpAddress localAddress, Port localPort, int? backlog, ConnectionOptions options, out Listener? listener)
    {
        listener = null;
        if (!localAddress.IsUnspecified && !core.Addresses.Contains(localAddress))
            return EngineError.AddressNotAvailable;
        var port = localPort.Value != 0
            ? localPort
            : _ports.Choose(localAddress, localAddress, default, (core, localAddress), static (at, port) => at.core.Listeners.Find(at.localAddress, port) is null);
        if (port is null)
            return EngineError.AddressNotAvailable;
        var part = core.Share.PartOf(Math.Max(backlog ?? core.Options.Backlog, 1));
        var candidate = new Listener(localAddress, port.Value, part, options);
        if (!core.Listeners.TryAdd(candidate))
            return EngineError.AddressInUse;
        listener = candidate;
        return EngineError.None;
    }

    public EngineError Active(
        IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort, ConnectionOptions options, MonotonicTime now,
        out Tcb? connection)
    {
        connection = null;
        // MUST-46: whoever would be dropped as a source cannot answer. And nobody answers at port 0.
        if (core.Addresses.IsMartian(remoteAddress) || remotePort.Value == 0)
            return EngineError.AddressInvalid;
        if (SourceOf(localAddress, remoteAddress) is not { } local || local.IsIPv4 != remoteAddress.IsIPv4)
            return EngineError.AddressInvalid;
        if (!core.Addresses.Contains(local))
            return EngineError.AddressNotAvailable;
        if (core.ConnectionCount >= core.Options.MaxConnections)
            return EngineError.TooManyConnections;

        var error = ChooseTuple(local, localPort, remoteAddress, remotePort, out var tuple);
        if (error == EngineError.None)
            connection = SendSyn(tuple, options, now);
        return error;
    }

    /// <summary>Octets of text that a SYN would take along.</summary>
    public int RoomInSyn(IpAddress remoteAddress, MonotonicTime now) => _fastOpen.RoomTo(remoteAddress, now);

    /// <summary>Whose an active open is.</summary>
    public int ShareOf(IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort) =>
        core.Share.Count == 1 || localPort.Value == 0 || SourceOf(localAddress, remoteAddress) is not { } local
            ? core.Share.Index
            : core.Share.OwnerOf(core.HashOf(new FourTuple(local, localPort, remoteAddress, remotePort)));

    private IpAddress? SourceOf(IpAddress? localAddress, IpAddress remoteAddress) =>
        localAddress is { IsUnspecified: false } ? localAddress : core.Addresses.SourceFor(remoteAddress);

    private EngineError ChooseTuple(IpAddress local, Port localPort, IpAddress remote, Port remotePort, out FourTuple tuple)
    {
        tuple = new FourTuple(local, localPort, remote, remotePort);
        if (localPort.Value != 0)
        {
            if (!core.Owns(tuple))
                return EngineError.AddressNotAvailable;
            return IsFree(tuple) ? EngineError.None : EngineError.AddressInUse;
        }

        var port = _ports.Choose(local, remote, remotePort, (this, tuple), static (at, port) => at.Item1.IsFree(at.tuple with { LocalPort = port }));
        tuple = tuple with { LocalPort = port ?? default };
        return port is null ? EngineError.AddressNotAvailable : EngineError.None;
    }

    /// <summary>Its answers must come to this engine, and no connection have the tuple.</summary>
    private bool IsFree(in FourTuple tuple) =>
        core.Owns(tuple) && core.Connections.Find(tuple) is null && core.HalfOpen.Find(tuple) < 0 && core.TimeWait.Find(tuple) < 0;

    private Tcb SendSyn(in FourTuple tuple, ConnectionOptions options, MonotonicTime now)
    {
        var iss = InitialSequenceNumber.Generate(core.Keys.InitialSequenceNumber, tuple, now);
        var tcb = TcbFactory.Create(core, tuple, options, iss, isPassive: false);
        Transitions.Move(tcb, TcpState.SynSent);
        tcb.Pending.Syn = true;
        core.Add(tcb);
        core.ScheduleOutput(tcb);
        core.Counters.Add(Counter.ActiveOpens);
        return tcb;
    }
}
