using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Calls;

/// <summary>OPEN (RFC 9293 section 3.10.1), passive and active.</summary>
internal static class OpenCall
{
    public static EngineError Passive(
        EngineState engine, IpAddress localAddress, Port localPort, int? backlog, ConnectionOptions options,
        ListenFlags flags, out Listener? listener)
    {
        listener = null;
        if (!localAddress.IsUnspecified && !engine.Addresses.Contains(localAddress))
            return EngineError.AddressNotAvailable;
        var port = localPort.Value != 0
            ? localPort
            : engine.Ports.Choose(
                localAddress, localAddress, default, (engine, localAddress, flags),
                static (at, port) => at.engine.Listeners.Find(at.localAddress, port) is null
                    && !at.engine.Listeners.IsExcluded(at.localAddress, port, at.flags));
        if (port is null)
            return EngineError.AddressNotAvailable;
        var part = engine.Share.PartOf(Math.Max(backlog ?? engine.Options.Backlog, 1));
        var candidate = new Listener(localAddress, port.Value, part, options, flags);
        if (!engine.Listeners.TryAdd(candidate))
            return EngineError.AddressInUse;
        listener = candidate;
        return EngineError.None;
    }

    public static EngineError Active(
        EngineState engine, IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort,
        ConnectionOptions options, MonotonicTime now, out Tcb? connection)
    {
        connection = null;
        // MUST-46: a segment from such a source would be dropped. And no host answers at port 0.
        var isLooped = engine.Addresses.Contains(remoteAddress);
        if ((!isLooped && engine.Addresses.IsMartian(remoteAddress)) || remotePort.Value == 0)
            return EngineError.AddressInvalid;
        if (SourceOf(engine, localAddress, remoteAddress) is not { } local || local.IsIPv4 != remoteAddress.IsIPv4)
            return EngineError.AddressInvalid;
        // RFC 1122 section 3.2.1.3 (g): a loopback address never leaves the host.
        if (local.IsLoopback && !isLooped)
            return EngineError.AddressInvalid;
        if (!engine.Addresses.Contains(local))
            return EngineError.AddressNotAvailable;
        if (engine.ConnectionCount >= engine.Options.MaxConnections)
            return EngineError.TooManyConnections;

        var error = ChooseTuple(engine, local, localPort, remoteAddress, remotePort, out var tuple);
        if (error == EngineError.None)
            connection = SendSyn(engine, tuple, options, now);
        return error;
    }

    /// <summary>Bytes of data that a SYN to the peer can carry now.</summary>
    public static int RoomInSyn(EngineState engine, IpAddress remoteAddress, MonotonicTime now) =>
        FastOpenConnect.RoomTo(engine, remoteAddress, now);

    /// <summary>The share that an active open belongs to.</summary>
    public static int ShareOf(
        EngineState engine, IpAddress? localAddress, Port localPort, IpAddress remoteAddress, Port remotePort) =>
        engine.Share.Count == 1 || localPort.Value == 0
        || SourceOf(engine, localAddress, remoteAddress) is not { } local
            ? engine.Share.Index
            : engine.Share.OwnerOf(engine.HashOf(new FourTuple(local, localPort, remoteAddress, remotePort)));

    private static IpAddress? SourceOf(EngineState engine, IpAddress? localAddress, IpAddress remoteAddress) =>
        localAddress is { IsUnspecified: false } ? localAddress : engine.Addresses.SourceFor(remoteAddress);

    private static EngineError ChooseTuple(
        EngineState engine, IpAddress local, Port localPort, IpAddress remote, Port remotePort, out FourTuple tuple)
    {
        tuple = new FourTuple(local, localPort, remote, remotePort);
        if (localPort.Value != 0)
        {
            if (!engine.Owns(tuple))
                return EngineError.AddressNotAvailable;
            return IsFree(engine, tuple) ? EngineError.None : EngineError.AddressInUse;
        }

        var port = engine.Ports.Choose(
            local, remote, remotePort, (engine, tuple),
            static (at, port) => IsFree(at.engine, at.tuple with { LocalPort = port }));
        tuple = tuple with { LocalPort = port ?? default };
        return port is null ? EngineError.AddressNotAvailable : EngineError.None;
    }

    /// <summary>True when the tuple belongs to this engine's share and no connection has it.</summary>
    private static bool IsFree(EngineState engine, in FourTuple tuple) =>
        engine.Owns(tuple) && engine.Connections.Find(tuple) is null && engine.HalfOpen.Find(tuple) < 0
        && engine.TimeWait.Find(tuple) < 0;

    private static Tcb SendSyn(EngineState engine, in FourTuple tuple, ConnectionOptions options, MonotonicTime now)
    {
        var iss = InitialSequenceNumber.Generate(engine.Keys.InitialSequenceNumber, tuple, now);
        var tcb = TcbFactory.Create(engine, tuple, options, iss, isPassive: false);
        Transitions.Move(tcb, TcpState.SynSent);
        tcb.Pending.Syn = true;
        Lifecycle.Add(engine, tcb);
        engine.Trace.OnOpened(tcb, ConnectionChangeKind.ActiveOpen);
        engine.Trace.OnCall(tcb, UserCall.Open);
        engine.Counters.Add(Counter.ActiveOpens);
        return tcb;
    }
}
