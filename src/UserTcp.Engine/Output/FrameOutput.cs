using System.Runtime.CompilerServices;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Output;

/// <summary>
/// The next frame: replies first, then connections in turn, one frame each, and between any two of them a datagram.
/// Replies belong to no connection, or are the last one of a connection (RST, ACK into TIME-WAIT).
/// </summary>
internal sealed class FrameOutput : IDisposable
{
    private readonly EngineState _engine;
    private readonly SegmentWriter _writer;
    private readonly SegmentBuilder _segments;
    private readonly DatagramWriter _datagrams;
    private readonly FragmentCutter _fragments;
    private readonly MemoryRelief _relief;
    private bool _isDatagramNext;

    // The block of the last emission. It is released when the next one is built.
    private Block? _emitted;

    public FrameOutput(EngineState engine)
    {
        _engine = engine;
        _writer = new SegmentWriter(engine.Options, engine.Link);
        _segments = new SegmentBuilder(engine, _writer);
        _fragments = new FragmentCutter(engine);
        _datagrams = new DatagramWriter(engine, _writer, _fragments);
        _relief = new MemoryRelief(engine);
    }

    // Inside the caller's try the compiler would keep every local in memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool TryEmit(Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        var emitted = _emitted;
        _emitted = null;
        emitted?.Release();
        _engine.Current.EnterStateless();
        if (_engine.Memory.IsExhausted)
            _relief.Run(now);
        if (_fragments.IsBusy)
        {
            emission = _fragments.Next(headers, out _emitted);
            _engine.Counters.Add(Counter.FramesSent);
            return true;
        }

        if (_engine.Replies.TryDequeue(out var reply))
        {
            emission = reply.IcmpMessage is { } message
                ? EmitIcmp(reply.Tuple, message, headers, now)
                : EmitSegment(reply, headers, now);
            _engine.Counters.Add(Counter.FramesSent);
            return true;
        }

        if (_engine.Datagrams.Count == 0)
            return TryEmitSegment(headers, now, out emission);
        // Neither waits for the end of the other.
        _isDatagramNext = !_isDatagramNext;
        return _isDatagramNext
            ? TryEmitDatagram(headers, now, out emission) || TryEmitSegment(headers, now, out emission)
            : TryEmitSegment(headers, now, out emission) || TryEmitDatagram(headers, now, out emission);
    }

    public void Dispose()
    {
        _emitted?.Release();
        _emitted = null;
        _fragments.Release();
        while (_engine.Replies.TryDequeue(out var reply))
            reply.IcmpMessage?.Release();
        while (_engine.Datagrams.TryDequeue(out var datagram, out _))
            datagram.Data.Release();
    }

    private bool TryEmitDatagram(Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        _engine.Current.EnterStateless();
        if (!_datagrams.TryBuild(headers, now, out emission, out _emitted))
            return false;
        _engine.Counters.Add(Counter.FramesSent);
        return true;
    }

    private bool TryEmitSegment(Span<byte> headers, MonotonicTime now, out Emission emission)
    {
        while (_engine.Output.TryDequeue(out var tcb))
        {
            _engine.Current.Enter(tcb);
            var built = _segments.TryBuild(tcb, headers, now, out emission);
            _engine.At(FaultPoint.SegmentBuilt);
            if (!built)
            {
                // A half-open connection with nothing more to send is parked here.
                SynQueue.TryPark(_engine, tcb);
                _engine.Current.Leave(hasOutput: false);
                continue;
            }

            _engine.Current.Leave();
            _engine.Counters.Add(Counter.FramesSent);
            return true;
        }

        emission = default;
        return false;
    }

    private Emission EmitIcmp(scoped in FourTuple tuple, Block message, Span<byte> headers, MonotonicTime now)
    {
        var protocol = tuple.LocalAddress.IsIPv4 ? IpProtocol.Icmp : IpProtocol.IcmpV6;
        var mtu = _engine.UdpPathMtus.Get(tuple.RemoteAddress, _engine.Link.Mtu, now);
        if (IpHeader.LengthFor(tuple.LocalAddress) + message.Length > mtu)
        {
            _fragments.Begin(tuple, protocol, start: default, message, mtu);
            return _fragments.Next(headers, out _emitted);
        }

        _emitted = message;
        var length = _writer.WriteIp(headers, tuple, protocol, message.Length, ConnectionOptions.Default);
        return new Emission(headers[..length], new DataSlice(message, 0, message.Length))
        {
            IsLooped = _engine.Addresses.Contains(tuple.RemoteAddress),
        };
    }

    private Emission EmitSegment(scoped in ReplyQueue.Reply reply, Span<byte> headers, MonotonicTime now)
    {
        _engine.Counters.Add(Counter.SegmentsSent);
        if ((reply.Header.Flags & TcpFlags.Rst) != 0)
            _engine.Counters.Add(Counter.ResetsSent);
        var options = reply.Offer is { } offer
            ? SynAckOptions(reply, offer)
            : new TcpOptions { Timestamps = StampOf(reply, now) };
        if (_engine.Trace.TakesEvent())
            _engine.Trace.OnSegment(null, Observations.SentOutside(reply, options, StateOf(reply), now));

        var length = _writer.Write(headers, reply.Tuple, reply.Header, options, default, reply.Options);
        return new Emission(headers[..length], default)
        {
            IsLooped = _engine.Addresses.Contains(reply.Tuple.RemoteAddress),
        };
    }

    private TcpState StateOf(in ReplyQueue.Reply reply)
    {
        if (reply.Offer is not null)
            return TcpState.Listen;
        return _engine.TimeWait.Find(reply.Tuple) >= 0 ? TcpState.TimeWait : TcpState.Closed;
    }

    private TcpOptions SynAckOptions(in ReplyQueue.Reply reply, in SynAckOffer offer) => new()
    {
        Mss = (ushort)_engine.MssOfLink(reply.Tuple.LocalAddress),
        WindowScale = offer.Scale,
        SackPermitted = offer.SackPermitted,
        Timestamps = reply.TsEcho is { } echo ? new TcpTimestamps(offer.TsValue, echo) : null,
    };

    /// <summary>
    /// The timestamps of a reply. The last segment of a connection and its TIME-WAIT use the connection's clock.
    /// </summary>
    private TcpTimestamps? StampOf(in ReplyQueue.Reply reply, MonotonicTime now)
    {
        if (reply.TsEcho is not { } echo)
            return null;
        var value = TimestampClock.At(now, TimestampClock.OffsetOf(_engine.Keys.Timestamps, reply.Tuple));
        return new TcpTimestamps(value, (reply.Header.Flags & TcpFlags.Ack) != 0 ? echo : 0);
    }
}
