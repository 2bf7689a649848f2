using System.Buffers.Binary;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Tun;
using UserTcp.Wire;

namespace UserTcp.Cli.Hosting;

/// <summary>
/// Adds to a ladder the states of the kernel at its other end, which the kernel itself says: of a segment that arrives
/// when it is handled, and of one that is sent when the device has taken it. Each costs a few microseconds.
/// </summary>
internal sealed class KernelStates(Ladder ladder) : IEngineObserver, IDisposable
{
    /// <summary>Connections that the kernel is known to have had; others may have another peer.</summary>
    private const int MaxKnown = 4096;

    [ThreadStatic]
    private static TraceEvent? _sent;

    private readonly KernelConnections _kernel = new();
    private readonly HashSet<FourTuple> _known = [];
    private volatile bool _hasFailed;

    /// <summary>Opens the device of the options, so that the kernel is asked behind each frame that it takes.</summary>
    public ILinkDevice Open(UserTcp.Hosting.UserTcpOptions options) =>
        new AskingDevice(this, UserTcp.Hosting.TunDeviceFactory.Open(options));

    public void OnEvent(in TraceEvent traceEvent)
    {
        ladder.OnEvent(traceEvent);
        if (traceEvent.Kind != TraceEventKind.Segment)
            return;
        if (traceEvent.Segment.Sent)
            _sent = traceEvent;
        else
            Ask(traceEvent.Number, traceEvent.Tuple);
    }

    public void Dispose() => _kernel.Dispose();

    /// <summary>The kernel has a frame. With a delay on the link it may be that of an earlier segment.</summary>
    private void OnWritten(ReadOnlySpan<byte> headers)
    {
        if (_sent is not { } sent || !IsOf(sent, headers))
            return;
        _sent = null;
        Ask(sent.Number, sent.Tuple);
    }

    private static bool IsOf(in TraceEvent sent, ReadOnlySpan<byte> headers)
    {
        var start = IpHeader.LengthFor(sent.Tuple.LocalAddress);
        if (headers.Length < start + TcpHeader.MinLength)
            return false;
        var tcp = headers[start..];
        var header = sent.Segment.Header;
        return BinaryPrimitives.ReadUInt16BigEndian(tcp) == sent.Tuple.LocalPort.Value
            && BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]) == sent.Tuple.RemotePort.Value
            && BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]) == header.Seq.Value
            && BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]) == header.Ack.Value;
    }

    private void Ask(long number, in FourTuple tuple)
    {
        if (_hasFailed || !TryAsk(tuple.Reverse, out var state))
            return;
        lock (_known)
        {
            if (state is not null && _known.Count < MaxKnown)
                _known.Add(tuple);
            if (_known.Contains(tuple))
                ladder.RecordPeerState(number, state ?? TcpState.Closed);
        }
    }

    /// <summary>False when the kernel does not answer: then it is not asked again, and states are inferred.</summary>
    private bool TryAsk(in FourTuple tuple, out TcpState? state)
    {
        state = null;
        try
        {
            state = _kernel.GetState(tuple);
            return true;
        }
        catch (TunException)
        {
            _hasFailed = true;
            return false;
        }
    }

    /// <summary>A queue of the device; asks the kernel behind each frame.</summary>
    private sealed class AskingDevice : DecoratedDevice
    {
        private readonly KernelStates _states;

        public AskingDevice(KernelStates states, ILinkDevice inner)
            : base(inner)
        {
            _states = states;
            Queues = [this, .. inner.Queues.Skip(1).Select(queue => new AskingDevice(states, queue))];
        }

        public override IReadOnlyList<ILinkDevice> Queues { get; }

        public override bool Write(in Emission frame)
        {
            var isTaken = base.Write(frame);
            _states.OnWritten(frame.Headers);
            return isTaken;
        }
    }
}
