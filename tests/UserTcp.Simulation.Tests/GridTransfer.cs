using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Impairment;
using UserTcp.Wire;

namespace UserTcp.Simulation.Tests;

/// <summary>
/// A transfer between two engines with default options in virtual time. Both directions of the link have the same
/// impairment.
/// </summary>
internal sealed class GridTransfer
{
    private const int Mtu = 1500;

    private static readonly Port ServerPort = new(80);

    private readonly LinkImpairment _impairment;
    private readonly Host[] _hosts;
    private readonly ImpairedLink[] _links;
    private MonotonicTime _now = new(TimeSpan.FromSeconds(1000).Ticks);
    private Tcb? _sender;
    private Tcb? _receiver;

    public GridTransfer(LinkImpairment impairment)
    {
        _impairment = impairment;
        _links = [Link(0), Link(1)];
        _hosts = [new Host(1), new Host(2)];
    }

    /// <summary>Bytes that the receiving application has read.</summary>
    public long Received { get; private set; }

    /// <summary>The connection of the sender.</summary>
    public Tcb Sender => _sender!;

    /// <summary>The counters of the sender.</summary>
    public EngineCounters Counters => _hosts[0].Engine.Counters;

    public void Run(TimeSpan length)
    {
        var end = _now + length;
        _hosts[1].Engine.Listen(_hosts[1].Address, ServerPort, null, ConnectionOptions.Default, out var listener);
        _hosts[0].Engine.Open(
            null, default, _hosts[1].Address, ServerPort, ConnectionOptions.Default, _now, out _sender);
        while (_now <= end)
        {
            if (_receiver is null)
                _hosts[1].Engine.TryAccept(listener!, out _receiver);
            Read();
            Write();
            for (var i = 0; i < 2; i++)
                Emit(i);
            var next = Next();
            _now = next > _now ? next : _now;
            Arrive();
            foreach (var host in _hosts)
            {
                if (host.Engine.NextDeadline <= _now)
                    host.Engine.OnTimer(_now);
            }
        }

        foreach (var link in _links)
            link.Clear();
    }

    private ImpairedLink Link(int index) => new(_impairment, index);

    private MonotonicTime Next()
    {
        var next = MonotonicTime.Never;
        for (var i = 0; i < 2; i++)
            next = MonotonicTime.Min(next, MonotonicTime.Min(_links[i].NextArrival, _hosts[i].Engine.NextDeadline));
        return next;
    }

    private void Arrive()
    {
        for (var i = 0; i < 2; i++)
        {
            while (_links[i].TryDequeue(_now, out var frame))
            {
                _hosts[1 - i].Receive(frame, _now);
                _links[i].Return(frame);
            }
        }
    }

    private void Emit(int index)
    {
        foreach (var frame in _hosts[index].Emit(_now))
            _links[index].Offer(frame.Span, _now);
    }

    private void Read()
    {
        while (_hosts[1].Engine.TryDequeueEvent(out _))
        {
        }

        if (_receiver is null || _hosts[1].Engine.Receive(_receiver) is not { } chain)
            return;
        var count = 0;
        for (var block = chain; block is not null; block = block.NextBlock)
            count += block.Length;
        Block.ReleaseChain(chain);
        _hosts[1].Engine.Consumed(_receiver, count, _now);
        Received += count;
    }

    /// <summary>Fills the send buffer, so that the network is the bottleneck.</summary>
    private void Write()
    {
        while (_hosts[0].Engine.TryDequeueEvent(out _))
        {
        }

        if (_sender is not { State: TcpState.Established })
            return;
        while (_sender.Active.SendQueue.Length < _hosts[0].Engine.GetSendBufferSize(_sender))
        {
            var block = _hosts[0].Pool.Rent();
            block.End = block.Capacity;
            _hosts[0].Engine.Send(_sender, block, _now);
        }
    }

    private sealed class Host
    {
        private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
        private readonly byte[] _frame = new byte[Mtu + TcpEngine.MaxHeaderLength];

        public Host(byte number)
        {
            Address = IpAddress.FromIPv4(0xC612_0000u + number);
            Engine = new TcpEngine(
                new EngineOptions { MaxConnectionFaults = 0 },
                new EngineKeys(Key(0), Key(1), Key(2), Key(3), Key(4), Key(5), Key(6)),
                new LinkProperties(Mtu), [Address], Pool, null);

            SipKey Key(ulong use) => new(number, use);
        }

        public IpAddress Address { get; }

        public LocalBlockPool Pool { get; } = new();

        public TcpEngine Engine { get; }

        public void Receive(ReadOnlySpan<byte> frame, MonotonicTime now)
        {
            var block = Pool.Rent(frame.Length);
            block.Append(frame);
            if (!Engine.OnFrame(block, now))
                block.Release();
        }

        public IEnumerable<ReadOnlyMemory<byte>> Emit(MonotonicTime now)
        {
            while (Engine.TryEmit(_headers, now, out var emission))
                yield return _frame.AsMemory(0, emission.CopyTo(_frame));
        }
    }
}
