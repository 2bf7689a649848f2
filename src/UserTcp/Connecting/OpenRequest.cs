using System.Net;
using System.Net.Sockets;
using UserTcp.Connections;
using UserTcp.Engine;
using UserTcp.Wire;

namespace UserTcp.Loop;

/// <summary>An active OPEN on its way: from the request to ESTABLISHED, an error, or its cancellation.</summary>
internal sealed class OpenRequest(
    IPEndPoint remote, IPEndPoint? local, ConnectionOptions options, bool inlineContinuations, ReadOnlyMemory<byte> initialData) : LoopRequest
{
    private readonly TaskCompletionSource<UserTcpConnection> _result =
        new(inlineContinuations ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    private ConnectionPump? _pump;
    private int _isCanceled;
    private int _refusals;

    /// <summary>The connection, or why there is none.</summary>
    public Task<UserTcpConnection> Result => _result.Task;

    /// <summary>Gives the attempt up; any thread.</summary>
    public void Cancel(CancellationToken token)
    {
        if (!_result.TrySetCanceled(token))
            return;
        Interlocked.Exchange(ref _isCanceled, 1);
        Volatile.Read(ref _pump)?.Request(ConnectionRequests.Abort);
    }

    /// <summary>The connection is established. False when nobody wants it any more.</summary>
    public bool Succeed(ConnectionPump pump) => _result.TrySetResult(new UserTcpConnection(pump));

    /// <summary>There will be no connection.</summary>
    public void Refuse(CloseReason reason)
    {
        if (reason.Fault is not null)
            _result.TrySetException(reason.ToException());
        else
            Refuse(reason.IsOrderly ? SocketError.ConnectionAborted : reason.Error);
    }

    /// <inheritdoc/>
    internal override void Run(EngineDriver host)
    {
        if (Volatile.Read(ref _isCanceled) != 0)
            return;
        if (host.IsStopping)
        {
            Fail(StackLoop.Stopped());
            return;
        }

        IpAddress? address = local is null || IsAny(local.Address) ? null : IpAddress.From(local.Address);
        var (port, to, toPort) = (new Port((ushort)(local?.Port ?? 0)), IpAddress.From(remote.Address), new Port((ushort)remote.Port));
        var owner = host.Engine.ShareOf(address, port, to, toPort);
        if (owner != host.Engine.Share.Index)
        {
            host.Loop.Group.Loops[owner].Post(this);
            return;
        }

        var error = host.Engine.Open(address, port, to, toPort, options, host.Now, out var tcb);
        if (error == EngineError.None)
            Adopt(host, tcb!);
        else if (!TryElsewhere(host, error, port))
            Refuse(UserTcpError.ToSocketError(error));
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error) => _result.TrySetException(error);

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private void Refuse(SocketError error) => _result.TrySetException(UserTcpError.ToException(error, remote));

    /// <summary>An engine's ports or connections may be all taken while another one of the stack has some left.</summary>
    private bool TryElsewhere(EngineDriver host, EngineError error, Port port)
    {
        var loops = host.Loop.Group.Loops;
        if (error is not (EngineError.AddressNotAvailable or EngineError.TooManyConnections) || port.Value != 0 || ++_refusals >= loops.Count)
            return false;
        loops[(host.Engine.Share.Index + 1) % loops.Count].Post(this);
        return true;
    }

    private void Adopt(EngineDriver host, Tcb tcb)
    {
        var pump = host.Adopt(tcb, options, inlineContinuations, this);
        // Before the SYN is built, which may take it along.
        try
        {
            pump.SendFirst(host, initialData.Span);
        }
        catch (Exception fault) when (fault is not EngineFaultException)
        {
            pump.Fail(host, fault);
        }

        Volatile.Write(ref _pump, pump);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isCanceled) != 0)
            pump.Request(ConnectionRequests.Abort);
    }
}
