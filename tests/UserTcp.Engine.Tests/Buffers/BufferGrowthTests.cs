using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Buffers;

/// <summary>Buffers that nobody has set grow with what goes through them, and no further.</summary>
public sealed class BufferGrowthTests
{
    private const int Mebibyte = 1 << 20;
    private const int Block = BlockPool.StandardSize;

    // 100 Mbit/s.
    private const long OctetsPerSecond = 12_500_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("SynCookies", "never")]
    public void Over_100_ms_at_100_megabits_the_window_is_soon_not_what_limits(bool timestamps)
    {
        var path = new Path(new EngineOptions { Timestamps = timestamps, InitialReceiveBufferSize = 1 << 17, InitialSendBufferSize = 1 << 17 }, roundTrip: 100);
        path.Run(TimeSpan.FromSeconds(3), drains: true);
        var before = path.Received;
        path.Run(TimeSpan.FromSeconds(5), drains: true);

        // Headers and the mean of a second take the rest.
        Assert.InRange(path.Received - before, OctetsPerSecond * 5 / 100 * 90, OctetsPerSecond * 5);
        var product = OctetsPerSecond / 10;
        Assert.InRange(path.Receiver.Rcv.Buffer, 3 * product / 2, 6 * Mebibyte);
        Assert.Equal(0, path.Sender.Retransmissions);
    }

    [Fact]
    public void A_buffer_that_its_user_has_set_stays_as_it_is()
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
    public void To_ask_for_the_send_buffer_before_the_handshake_settles_nothing()
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
    public void The_scale_is_for_what_the_window_may_grow_to(int max, int wanted)
    {
        var script = new Script(new EngineOptions { ReceiveBufferSize = max });
        script.Listen();
        script.Inject(TcpFlags.Syn, seq: 0, options: new TcpOptions { WindowScale = WindowScale.None });
        Assert.Equal(wanted, (int)Assert.NotNull(script.Expect(TcpFlags.Syn | TcpFlags.Ack).Options.WindowScale).Shift);
    }

    [Fact]
    public void Whoever_has_received_little_has_nothing_to_measure_with()
    {
        var path = new Path(new EngineOptions(), roundTrip: 10, length: 60_000);
        path.Run(TimeSpan.FromSeconds(1), drains: true);
        Assert.Equal(60_000, path.Received);
        Assert.Null(path.Receiver.ReceiveTuning);
    }

    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    public void What_goes_around_is_measured_like_any_other(uint irs, uint iss)
    {
        _ = iss;
        var rcv = new ReceiveSequence { Nxt = new SeqNum(irs), Edge = new SeqNum(irs) + 1000, Buffer = 1000 };
        var tuning = new ReceiveTuning(rcv, TimeSpan.Zero, MonotonicTime.Zero);
        var now = MonotonicTime.Zero + TimeSpan.FromMilliseconds(10);
        (rcv.Nxt, rcv.Edge) = (rcv.Nxt + 1000, rcv.Edge + 1000);
        tuning.OnData(rcv, null, now);
        Assert.Equal(4000 + (16 * 100), tuning.OnConsumed(rcv, 100, Mebibyte, now));
        Assert.Equal(1500, tuning.OnConsumed(rcv with { Buffer = 1500 }, 100, Mebibyte, now + TimeSpan.FromMilliseconds(5)));
    }

    [Theory]
    [InlineData(100, 125_000)]
    [InlineData(1_000_000, Mebibyte)]
    public void A_window_that_carries_10_gigabits_is_large_enough(int microseconds, int wanted)
    {
        var roundTrip = TimeSpan.FromMicroseconds(microseconds);
        var rcv = new ReceiveSequence { Buffer = 100_000 };
        var tuning = new ReceiveTuning(rcv, roundTrip, MonotonicTime.Zero);
        rcv.Nxt += Mebibyte;
        Assert.Equal(wanted, tuning.OnConsumed(rcv, 1460, Mebibyte, MonotonicTime.Zero + roundTrip));
    }

    /// <summary>A bottleneck with a long queue between a sender that always has something to send and a receiver.</summary>
    private sealed class Path
    {
        private readonly long _length;
        private MonotonicTime _free;
        private long _given;
        private int _unread;

        public Path(EngineOptions engine, int roundTrip, ConnectionOptions? connection = null, long length = long.MaxValue)
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
            Pair.Lateness = () =>
            {
                var start = _free > Pair.Now ? _free : Pair.Now;
                var end = start + TimeSpan.FromTicks(size * TimeSpan.TicksPerSecond / OctetsPerSecond);
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

        /// <summary>Goes on for a time, in steps of a millisecond; what there is to read is read, if it is to be.</summary>
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

        /// <summary>Takes what there is, and consumes at most so much of what it has taken.</summary>
        public void ReadSome(int octets)
        {
            var chain = Pair.B.Engine.Receive(Receiver);
            for (var block = chain; block is not null; block = block.NextBlock)
                _unread += block.Length;
            Engine.Buffers.Block.ReleaseChain(chain);
            var read = Math.Min(octets, _unread);
            _unread -= read;
            Received += read;
            Pair.B.Engine.Consumed(Receiver, read, Pair.Now);
        }

        /// <summary>The sending user keeps its send buffer full.</summary>
        private void Fill()
        {
            while (_given < _length && Sender.SendQueue.Length + Block <= Pair.A.Engine.GetSendBufferSize(Sender))
            {
                var count = (int)Math.Min(Block, _length - _given);
                Pair.A.Engine.Send(Sender, Pair.A.Chain(new byte[count]), Pair.Now);
                _given += count;
            }
        }
    }

    [Fact]
    public void A_user_may_set_a_buffer_that_has_grown_further_already()
    {
        var path = new Path(new EngineOptions(), roundTrip: 100);
        path.Receiver.Active.ReceiveTuning = new ReceiveTuning(path.Receiver.Active.Rcv, TimeSpan.FromMilliseconds(1), path.Pair.Now);
        path.Receiver.Rcv.Nxt += path.First;
        path.Receiver.Rcv.Edge += path.First;
        path.Pair.B.Engine.SetOptions(path.Receiver, path.Receiver.Options with { ReceiveBufferSize = path.First / 2 }, path.Pair.Now);
        path.Pair.B.Engine.Consumed(path.Receiver, 0, path.Pair.Now + TimeSpan.FromSeconds(1));
        Assert.Equal(path.First, path.Receiver.Rcv.Buffer);
        Assert.Null(path.Receiver.ReceiveTuning);
    }
}
