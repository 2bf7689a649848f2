using System.Net;
using System.Net.Sockets;
using UserTcp.Connections;
using UserTcp.Engine;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Errors;
using UserTcp.Requests;
using UserTcp.Wire;

namespace UserTcp.Connecting;

/// <summary>An active OPEN: from the request to ESTABLISHED, an error, or its cancellation.</summary>
/// <param name="homes">Where connections of each loop live; the index is that of the engine's share.</param>
/// <param name="remote">The peer.</param>
/// <param name="local">Our end; null, an unspecified address or port 0 leaves the choice to the engine.</param>
/// <param name="options">The connection's options.</param>
/// <param name="inlineContinuations">True when continuations run on the loop's thread.</param>
/// <param name="initialData">Data to send first.</param>
internal sealed class OpenRequest(
    IReadOnlyList<ConnectionHome> homes, IPEndPoint remote, IPEndPoint? local, ConnectionOptions options,
    bool inlineContinuations, ReadOnlyMemory<byte> initialData) : LoopRequest, IPendingOpen
{
    private readonly TaskCompletionSource<ConnectionPump> _result =
        new(inlineContinuations ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    private ConnectionPump? _pump;
    private int _isCanceled;
    private int _refusals;

    /// <summary>The connection, or why there is none.</summary>
    public Task<ConnectionPump> Result => _result.Task;

    /// <summary>Aborts the attempt; any thread.</summary>
    public void Cancel(CancellationToken token)
    {
        if (!_result.TrySetCanceled(token))
            return;
        Interlocked.Exchange(ref _isCanceled, 1);
        Volatile.Read(ref _pump)?.Request(ConnectionRequests.Abort);
    }

    /// <inheritdoc/>
    public bool Succeed(ConnectionPump pump) => _result.TrySetResult(pump);

    /// <inheritdoc/>
    public void Refuse(CloseReason reason)
    {
        if (reason.Fault is not null)
            _result.TrySetException(reason.ToException());
        else
            Refuse(reason.IsOrderly ? SocketError.ConnectionAborted : reason.Error);
    }

    /// <inheritdoc/>
    internal override void Run(EngineTurn turn)
    {
        if (Volatile.Read(ref _isCanceled) != 0)
            return;
        if (turn.IsStopping)
        {
            Fail(UserTcpError.StackEnded());
            return;
        }

        IpAddress? address = local is null || IsAny(local.Address) ? null : IpAddress.From(local.Address);
        var (port, to, toPort) =
            (new Port((ushort)(local?.Port ?? 0)), IpAddress.From(remote.Address), new Port((ushort)remote.Port));
        var own = turn.Engine.Share.Index;
        var owner = turn.Engine.ShareOf(address, port, to, toPort);
        if (owner != own)
        {
            homes[owner].Mailbox.Post(this);
            return;
        }

        var error = turn.Engine.Open(address, port, to, toPort, options, turn.Now, out var tcb);
        if (error == EngineError.None)
            Adopt(turn, homes[own], tcb!);
        else if (!TryNextLoop(own, error, port))
            Refuse(UserTcpError.ToSocketError(error));
    }

    /// <inheritdoc/>
    internal override void Fail(Exception error) => _result.TrySetException(error);

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private void Refuse(SocketError error) => _result.TrySetException(UserTcpError.ToException(error, remote));

    /// <summary>
    /// Moves on to the next loop: its engine may have ports or connections left when this one has none.
    /// </summary>
    private bool TryNextLoop(int own, EngineError error, Port port)
    {
        if (error is not (EngineError.AddressNotAvailable or EngineError.TooManyConnections) || port.Value != 0
            || ++_refusals >= homes.Count)
            return false;
        homes[(own + 1) % homes.Count].Mailbox.Post(this);
        return true;
    }

    private void Adopt(EngineTurn turn, ConnectionHome home, Tcb tcb)
    {
        var pump = new ConnectionPump(home, tcb, options, inlineContinuations, this);
        home.Ages.Begin(pump, isActive: true, turn.Now);
        // Before the SYN is built, which may carry the data.
        try
        {
            pump.SendFirst(turn, initialData.Span);
        }
        catch (Exception fault) when (fault is not EngineFaultException)
        {
            pump.Fail(turn, fault);
        }

        Volatile.Write(ref _pump, pump);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isCanceled) != 0)
            pump.Request(ConnectionRequests.Abort);
    }
}
