using System.Buffers.Binary;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Tun;
using UserTcp.Wire;

namespace UserTcp.Cli.Hosting;

/// <summary>
/// Asks the kernel at the other end for its states, for a ladder and for the live page: of a segment that arrives when
/// it is handled, and of one that is sent when the device has taken it. Each question costs a few microseconds. For the
/// page alone there is none between two ends that are known to be ESTABLISHED: only SYN, FIN and RST change that.
/// </summary>
/// <param name="ladder">Has the state behind every segment; null for none.</param>
/// <param name="page">Has states as long as somebody reads them; null for none.</param>
internal sealed class KernelStates(Ladder? ladder, PeerStates? page = null) : IEngineObserver, IDisposable
{
    /// <summary>Connections that the kernel is known to have had; others may have another peer.</summary>
    private const int MaxKnown = 4096;

    [ThreadStatic]
    private static TraceEvent? _sent;

    private readonly KernelConnections _kernel = new();
    private readonly Dictionary<FourTuple, TcpState> _known = [];
    private volatile bool _hasFailed;

    /// <summary>Without a reader of the page, the engine makes no events for it.</summary>
    public bool IsReady => ladder is not null || page is { IsRead: true };

    /// <summary>Opens the device of the options, so that the kernel is asked behind each frame that it takes.</summary>
    public ILinkDevice Open(UserTcp.Hosting.UserTcpOptions options) =>
        new AskingDevice(this, UserTcp.Hosting.TunDeviceFactory.Open(options));

    public void OnEvent(in TraceEvent traceEvent)
    {
        ladder?.OnEvent(traceEvent);
        if (traceEvent.Kind != TraceEventKind.Segment || !(ladder is not null || MayChange(traceEvent)))
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
            if (!_known.ContainsKey(tuple) && (state is null || _known.Count >= MaxKnown))
                return;
            _known[tuple] = state ?? TcpState.Closed;
            ladder?.RecordPeerState(number, state ?? TcpState.Closed);
            page?.Record(number, state ?? TcpState.Closed);
        }
    }

    private bool MayChange(in TraceEvent segment)
    {
        const TcpFlags Changing = TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst;
        if ((segment.Segment.Header.Flags & Changing) != 0 || segment.Vitals is not { State: TcpState.Established })
            return true;
        lock (_known)
            return _known.GetValueOrDefault(segment.Tuple) != TcpState.Established;
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
