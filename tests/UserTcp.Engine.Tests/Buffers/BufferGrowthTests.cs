using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Buffers;

/// <summary>Buffers without a set size grow with the delivered data (automatic tuning).</summary>
public sealed class BufferGrowthTests
{
    private const int Mebibyte = 1 << 20;
    private const int Block = BlockPool.StandardSize;

    // 100 Mbit/s.
    private const long BytesPerSecond = 12_500_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("SynCookies", "never")]
    public void The_receive_window_soon_covers_100_ms_at_100_Mbit_s(bool timestamps)
    {
        var path = new Path(
            new EngineOptions
            {
                Timestamps = timestamps,
                InitialReceiveBufferSize = 1 << 17,
                InitialSendBufferSize = 1 << 17,
            },
            roundTrip: 100);
        path.Run(TimeSpan.FromSeconds(3), drains: true);
        var before = path.Received;
        path.Run(TimeSpan.FromSeconds(5), drains: true);

        // Headers and the growth in the first second take the rest.
        Assert.InRange(path.Received - before, BytesPerSecond * 5 / 100 * 90, BytesPerSecond * 5);
        var product = BytesPerSecond / 10;
        Assert.InRange(path.Receiver.Rcv.Buffer, 3 * product / 2, 6 * Mebibyte);
        Assert.Equal(0, path.Sender.Retransmissions);
    }

    [Fact]
    public void A_buffer_set_by_the_application_does_not_grow()
    {
        var options = new ConnectionOptions { ReceiveBufferSize = 100_000, SendBufferSize = 200_000 };
        var path = new Path(new EngineOptions(), roundTrip: 100, options);
        path.Run(TimeSpan.FromSeconds(5), drains: true);

        Assert.Equal((100_000, 200_000), (path.Receiver.Rcv.Buffer, path.Pair.A.Engine.GetSendBufferSize(path.Sender)));
        Assert.InRange(path.Received, 50 * 80_000, 50 * 100_000);
        Assert.Null(path.Receiver.ReceiveTuning);
    }

    [Fact]
    public void A_slow_reader_keeps_a_small_buffer()
    {
        var path = new Path(new EngineOptions(), roundTrip: 100);
        path.Run(TimeSpan.FromSeconds(1), drains: false);
        for (var i = 0; i < 100; i++)
        {
            path.Run(TimeSpan.FromMilliseconds(100), drains: false);
            path.ReadSome(20_000);
        }

        Assert.Equal(path.First, path.Receiver.Rcv.Buffer);
        Assert.True(path.Receiver.Rcv.Held <= path.First);
    }

    [Fact]
    public void Under_pressure_nothing_grows()
    {
        var path = new Path(new EngineOptions { MaxMemory = Mebibyte }, roundTrip: 100);
        path.Pair.B.Engine.Send(path.Receiver, path.Pair.B.Chain(new byte[Mebibyte]), path.Pair.Now);
        path.Pair.A.Engine.Send(path.Sender, path.Pair.A.Chain(new byte[Mebibyte]), path.Pair.Now);
        Assert.True(path.Pair.A.Engine.State.Memory.IsUnderPressure && path.Pair.B.Engine.State.Memory.IsUnderPressure);
        path.Sender.Congestion.Begin(Mebibyte, handshakeRetransmitted: false);
        Assert.Equal(MemoryThresholds.MinSendBuffer, path.Pair.A.Engine.GetSendBufferSize(path.Sender));

        path.Receiver.ReceiveTuning = new ReceiveTuning(path.Receiver.Rcv, TimeSpan.FromMilliseconds(1), path.Pair.Now);
        path.Receiver.Rcv.Nxt += path.First;
        path.Receiver.Rcv.Edge += path.First;
        path.Pair.B.Engine.Consumed(path.Receiver, 0, path.Pair.Now + TimeSpan.FromSeconds(1));
        Assert.Equal(path.First, path.Receiver.Rcv.Buffer);
    }

    [Fact]
    public void Reading_the_send_buffer_size_before_the_handshake_does_not_fix_it()
    {
        var s = new Script();
        s.Open();
        Assert.Equal(Mebibyte, s.Engine.GetSendBufferSize(s.Connection));
        s.Inject(TcpFlags.Syn | TcpFlags.Ack, seq: 0, ack: 1, options: new TcpOptions { Mss = 1460 });
        Assert.Equal(14_600, s.Connection.Congestion.Window);
    }

    [Fact]
    public void The_send_buffer_is_twice_the_congestion_window_between_its_limits()
    {
        var path = new Path(new EngineOptions(), roundTrip: 10);
        Assert.Equal(Mebibyte, path.Pair.A.Engine.GetSendBufferSize(path.Sender));
        path.Sender.Congestion.Begin(600_000, handshakeRetransmitted: false);
        Assert.Equal(2 * path.Sender.Congestion.Window, path.Pair.A.Engine.GetSendBufferSize(path.Sender));
        path.Sender.Congestion.Begin(3 * Mebibyte, handshakeRetransmitted: false);
        Assert.Equal(4 * Mebibyte, path.Pair.A.Engine.GetSendBufferSize(path.Sender));
    }

    [Theory]
    [InlineData(6 * Mebibyte, 7)]
    [InlineData(1 << 30, 14)]
    [InlineData(50_000, 0)]
    [Trait("SynCookies", "never")]
    public void The_window_scale_allows_for_the_max_window(int max, int wanted)
    {
        var script = new Script(new EngineOptions { ReceiveBufferSize = max });
        script.Listen();
        script.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { WindowScale = WindowScale.None });
        Assert.Equal(wanted, (int)Assert.NotNull(script.Expect(TcpFlags.Syn | TcpFlags.Ack).Options.WindowScale).Shift);
    }

    [Fact]
    public void Tuning_starts_after_a_minimum_of_data()
    {
        var path = new Path(new EngineOptions(), roundTrip: 10, length: 60_000);
        path.Run(TimeSpan.FromSeconds(1), drains: true);
        Assert.Equal(60_000, path.Received);
        Assert.Null(path.Receiver.ReceiveTuning);
    }

    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void Tuning_works_across_the_sequence_wrap(uint irs, uint iss)
    {
        _ = iss;
        var rcv = new ReceiveSequence { Nxt = new SeqNum(irs), Edge = new SeqNum(irs) + 1000, Buffer = 1000 };
        var tuning = new ReceiveTuning(rcv, TimeSpan.Zero, MonotonicTime.Zero);
        var now = MonotonicTime.Zero + TimeSpan.FromMilliseconds(10);
        (rcv.Nxt, rcv.Edge) = (rcv.Nxt + 1000, rcv.Edge + 1000);
        tuning.OnData(rcv, null, now);
        Assert.Equal(4000 + (16 * 100), tuning.OnConsumed(rcv, 100, Mebibyte, now));
        Assert.Equal(
            1500, tuning.OnConsumed(rcv with { Buffer = 1500 }, 100, Mebibyte, now + TimeSpan.FromMilliseconds(5)));
    }

    [Theory]
    [InlineData(100, 125_000)]
    [InlineData(1_000_000, Mebibyte)]
    public void Growth_stops_at_a_window_that_carries_10_Gbit_s(int microseconds, int wanted)
    {
        var roundTrip = TimeSpan.FromMicroseconds(microseconds);
        var rcv = new ReceiveSequence { Buffer = 100_000 };
        var tuning = new ReceiveTuning(rcv, roundTrip, MonotonicTime.Zero);
        rcv.Nxt += Mebibyte;
        Assert.Equal(wanted, tuning.OnConsumed(rcv, 1460, Mebibyte, MonotonicTime.Zero + roundTrip));
    }

    /// <summary>A bottleneck with a long queue between a sender that always has data and a receiver.</summary>
    private sealed class Path
    {
        private readonly long _length;
        private MonotonicTime _free;
        private long _sent;
        private int _unread;

        public Path(
            EngineOptions engine, int roundTrip, ConnectionOptions? connection = null, long length = long.MaxValue)
        {
            _length = length;
            First = engine.InitialReceiveBufferSize;
            Pair = new TestPair(engine, engine) { Delay = TimeSpan.FromMilliseconds(roundTrip / 2) };
            (Sender, Receiver) = Pair.Connect(connection);
            var size = 0;
            Pair.Carries = (from, frame) =>
            {
                size = from == Pair.A ? frame.Length : 0;
                return true;
            };
            Pair.ExtraDelay = () =>
            {
                var start = _free > Pair.Now ? _free : Pair.Now;
                var end = start + TimeSpan.FromTicks(size * TimeSpan.TicksPerSecond / BytesPerSecond);
                if (size > 0)
                    _free = end;
                return size > 0 ? end - Pair.Now : TimeSpan.Zero;
            };
        }

        public TestPair Pair { get; }

        public Tcb Sender { get; }

        public Tcb Receiver { get; }

        public int First { get; }

        public long Received { get; private set; }

        /// <summary>
        /// Lets time pass in steps of a millisecond; reads all data in each step if <paramref name="drains"/>.
        /// </summary>
        public void Run(TimeSpan span, bool drains)
        {
            for (var i = 0; i < span.TotalMilliseconds; i++)
            {
                Fill();
                Pair.Run(TimeSpan.FromMilliseconds(1));
                if (drains)
                    Received += Pair.B.ReadAll(Receiver, Pair.Now).Length;
            }
        }

        /// <summary>Receives all data, and consumes <paramref name="bytes"/> of it or less.</summary>
        public void ReadSome(int bytes)
        {
            var chain = Pair.B.Engine.Receive(Receiver);
            for (var block = chain; block is not null; block = block.NextBlock)
                _unread += block.Length;
            Engine.Buffers.Block.ReleaseChain(chain);
            var read = Math.Min(bytes, _unread);
            _unread -= read;
            Received += read;
            Pair.B.Engine.Consumed(Receiver, read, Pair.Now);
        }

        /// <summary>The sending application keeps its send buffer full.</summary>
        private void Fill()
        {
            while (_sent < _length && Sender.SendQueue.Length + Block <= Pair.A.Engine.GetSendBufferSize(Sender))
            {
                var count = (int)Math.Min(Block, _length - _sent);
                Pair.A.Engine.Send(Sender, Pair.A.Chain(new byte[count]), Pair.Now);
                _sent += count;
            }
        }
    }

    [Fact]
    public void An_application_may_set_a_buffer_below_its_grown_size()
    {
        var path = new Path(new EngineOptions(), roundTrip: 100);
        path.Receiver.Active.ReceiveTuning = new ReceiveTuning(
            path.Receiver.Active.Rcv, TimeSpan.FromMilliseconds(1), path.Pair.Now);
        path.Receiver.Rcv.Nxt += path.First;
        path.Receiver.Rcv.Edge += path.First;
        path.Pair.B.Engine.SetOptions(
            path.Receiver, path.Receiver.Options with { ReceiveBufferSize = path.First / 2 }, path.Pair.Now);
        path.Pair.B.Engine.Consumed(path.Receiver, 0, path.Pair.Now + TimeSpan.FromSeconds(1));
        Assert.Equal(path.First, path.Receiver.Rcv.Buffer);
        Assert.Null(path.Receiver.ReceiveTuning);
    }
}
