using UserTcp.Engine;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Security;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Benchmarks;

/// <summary>
/// Two engines in one thread; a frame is copied once into a block, as if read from a device. Every segment is built,
/// checksummed, parsed, verified, looked up and acknowledged; only the kernel is left out.
/// </summary>
internal sealed class EnginePair : IDisposable
{
    private readonly byte[] _headers = new byte[TcpEngine.MaxHeaderLength];
    private readonly LocalBlockPool _pool = new();
    private readonly TcpEngine _a;
    private readonly TcpEngine _b;
    private readonly Tcb _sender;
    private Block _frame;
    private MonotonicTime _now = new(1);

    public EnginePair(int mtu, bool checksumOffload = false, bool timestamps = false)
    {
        var link = new LinkProperties(mtu, checksumOffload);
        var options = new EngineOptions { ReceiveBufferSize = 4 << 20, Timestamps = timestamps };
        _a = new TcpEngine(options, Keys(1), link, [SampleFrames.Local], _pool);
        _b = new TcpEngine(options, Keys(2), link, [SampleFrames.Remote], _pool);
        _frame = _pool.Rent(mtu);
        Mtu = mtu;
        _b.Listen(SampleFrames.Remote, new Port(80), null, new ConnectionOptions { NoDelay = true }, out var listener);
        _a.Open(
            null, default, SampleFrames.Remote, new Port(80),
            new ConnectionOptions { NoDelay = true }, _now, out var sender);
        Exchange();
        _b.TryAccept(listener!, out _);
        _sender = sender!;
    }

    public int Mtu { get; }

    /// <summary>Frames in both directions.</summary>
    public long Frames { get; private set; }

    /// <summary>Frames with data.</summary>
    public long DataFrames { get; private set; }

    /// <summary>
    /// Makes <paramref name="count"/> SEND calls of <paramref name="size"/> octets each; the receiver consumes at once.
    /// </summary>
    public void Transfer(int size, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var left = size;
            while (left > 0)
            {
                var block = _pool.Rent(Math.Min(left, BlockPool.LargeSize));
                block.End = Math.Min(left, block.Capacity);
                left -= block.End;
                _a.Send(_sender, block, _now);
            }

            Exchange();
        }
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    internal static EngineKeys Keys(ulong seed) => new(
        new SipKey(seed, 2), new SipKey(seed, 3), new SipKey(seed, 4), new SipKey(seed, 5), new SipKey(seed, 6),
        new SipKey(seed, 7), new SipKey(seed, 8));

    private void Exchange()
    {
        _now += TimeSpan.FromTicks(100);
        while (Move(_a, _b) + Move(_b, _a) > 0)
        {
        }
    }

    private int Move(TcpEngine from, TcpEngine to)
    {
        var moved = 0;
        while (from.TryEmit(_headers, _now, out var emission))
        {
            _frame.Start = 0;
            _frame.End = emission.CopyTo(_frame.Array);
            if (emission.Payload.Length > 0)
                DataFrames++;
            if (to.OnFrame(_frame, _now))
                _frame = _pool.Rent(Mtu);
            moved++;
        }

        Frames += moved;
        Consume(to);
        Consume(from);
        return moved;
    }

    private void Consume(TcpEngine engine)
    {
        while (engine.TryDequeueEvent(out var engineEvent))
        {
            if (engineEvent.Connection is not { } connection || (engineEvent.Events & EngineEvents.Readable) == 0)
                continue;
            var octets = 0;
            var chain = engine.Receive(connection);
            for (var block = chain; block is not null; block = block.NextBlock)
                octets += block.Length;
            Block.ReleaseChain(chain);
            engine.Consumed(connection, octets, _now);
        }
    }
}
