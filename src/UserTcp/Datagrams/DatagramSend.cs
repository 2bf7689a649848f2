using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Udp;
using UserTcp.Requests;

namespace UserTcp.Datagrams;

/// <summary>
/// A datagram on its way from an application to the engine. It completes when the engine has queued it. Its socket uses
/// it again for another one.
/// </summary>
internal sealed class DatagramSend : LoopRequest, IValueTaskSource<int>
{
    private readonly DatagramPump _pump;
    private ManualResetValueTaskSourceCore<int> _source;
    private Block? _data;

    public DatagramSend(DatagramPump pump, bool inlineContinuations)
    {
        _pump = pump;
        _source.RunContinuationsAsynchronously = !inlineContinuations;
    }

    /// <summary>The destination.</summary>
    public UdpPeer Destination { get; private set; }

    /// <summary>Begins a send, and owns the block; the task completes with the bytes of data.</summary>
    public ValueTask<int> Begin(in UdpPeer destination, Block data)
    {
        Destination = destination;
        _data = data;
        return new ValueTask<int>(this, _source.Version);
    }

    /// <summary>Loop: gives the datagram to the engine. False when the engine has no room for it now.</summary>
    public bool TrySend(EngineTurn turn, UdpEndpoint endpoint)
    {
        var length = _data!.Length;
        var error = turn.Engine.SendDatagram(endpoint, Destination, _data, turn.Now);
        if (error == EngineError.WouldBlock)
            return false;
        if (error == EngineError.None)
        {
            _data = null;
            _source.SetResult(length);
        }
        else
        {
            Fail(new SocketException((int)UserTcpError.ToSocketError(error)));
        }

        return true;
    }

    /// <inheritdoc/>
    internal override void Run(EngineTurn turn) => _pump.RunSend(turn, this);

    /// <inheritdoc/>
    internal override void Fail(Exception error)
    {
        _data?.Release();
        _data = null;
        _source.SetException(error);
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            _source.Reset();
            _pump.Return(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
