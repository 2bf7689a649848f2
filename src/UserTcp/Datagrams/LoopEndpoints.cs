using System.Net;
using UserTcp.Connections;
using UserTcp.Engine.Contract;
using UserTcp.Errors;
using UserTcp.Requests;
using UserTcp.Wire;

namespace UserTcp.Datagrams;

/// <summary>The UDP endpoints of one loop. Loop's thread, unless a member says otherwise.</summary>
internal sealed class LoopEndpoints(ConnectionHome home)
{
    private readonly HashSet<DatagramPump> _open = [];

    /// <summary>
    /// Binds an endpoint; any thread. The endpoint, or the error, or neither when the stack is ending.
    /// </summary>
    public Task<(DatagramPump? Endpoint, EngineError? Error)> BindAsync(
        IPEndPoint local, UdpFlags flags, bool inlineContinuations)
    {
        var call = new LoopCall<(DatagramPump?, EngineError?)>(
            turn => turn.IsStopping ? (null, null) : Bind(turn, local, flags, inlineContinuations));
        home.Mailbox.Post(call);
        return call.Result;
    }

    /// <summary>Closes an endpoint, and waits until its port is free again; any thread.</summary>
    public Task CloseAsync(DatagramPump endpoint)
    {
        var call = new LoopCall<bool>(
            turn =>
            {
                if (_open.Remove(endpoint))
                    endpoint.Close(turn, CloseReason.Disposed);
                return true;
            },
            whenEnded: static () => true);
        home.Mailbox.Post(call);
        return call.Result;
    }

    /// <summary>The stack is ending: closes all.</summary>
    public void CloseAll(EngineTurn turn)
    {
        foreach (var endpoint in _open)
            endpoint.Close(turn, CloseReason.Disposed);
        _open.Clear();
    }

    /// <summary>The stack has failed.</summary>
    public void FailAll(CloseReason reason)
    {
        foreach (var endpoint in _open)
            endpoint.End(reason);
        _open.Clear();
    }

    private (DatagramPump? Endpoint, EngineError? Error) Bind(
        EngineTurn turn, IPEndPoint local, UdpFlags flags, bool inlineContinuations)
    {
        var error = turn.Engine.BindUdp(
            IpAddress.From(local.Address), new Port((ushort)local.Port), flags, out var endpoint);
        if (error != EngineError.None)
            return (null, error);
        var pump = new DatagramPump(home, this, endpoint!, inlineContinuations);
        _open.Add(pump);
        return (pump, error);
    }
}
