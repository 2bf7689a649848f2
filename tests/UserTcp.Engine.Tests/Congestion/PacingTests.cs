using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>Pacing on the wire: two engines and a link, in virtual time.</summary>
public class PacingTests
{
    private const int Mss = 1460;

    [Theory]
    [InlineData(CongestionAlgorithm.Cubic)]
    [InlineData(CongestionAlgorithm.NewReno)]
    public void A_window_is_spread_over_the_round_trip(CongestionAlgorithm algorithm)
    {
        // The bandwidth-delay product of 10 Mbit/s and 100 ms is 125,000 bytes.
        var path = new PacedPath(TimeSpan.FromMilliseconds(50), algorithm, window: 125_000, pacing: true);
        var burst = path.MaxBurst(TimeSpan.FromSeconds(2));
        Assert.InRange(burst, 1, 14 * Mss);
        Assert.True(path.TimersSet > 0);
    }

    [Fact]
    public void Without_pacing_the_window_is_sent_in_one_burst()
    {
        var path = new PacedPath(
            TimeSpan.FromMilliseconds(50), CongestionAlgorithm.NewReno, window: 125_000, pacing: false);
        Assert.InRange(path.MaxBurst(TimeSpan.FromSeconds(2)), 50 * Mss, 1_000_000);
        Assert.Equal(0, path.TimersSet);
    }

    [Fact]
    public void Pacing_does_not_reduce_throughput()
    {
        var delay = TimeSpan.FromMilliseconds(50);
        var paced = new PacedPath(delay, CongestionAlgorithm.NewReno, window: 125_000, pacing: true)
            .Carry(TimeSpan.FromSeconds(10));
        var free = new PacedPath(delay, CongestionAlgorithm.NewReno, window: 125_000, pacing: false)
            .Carry(TimeSpan.FromSeconds(10));
        Assert.InRange(paced, 0.99 * free, 1.01 * free);
    }

    [Fact]
    public void A_round_trip_of_50_microseconds_arms_no_pacing_timer()
    {
        var path = new PacedPath(TimeSpan.FromMicroseconds(25), CongestionAlgorithm.Cubic, window: null, pacing: true);
        Assert.True(path.Carry(TimeSpan.FromMilliseconds(100)) > 10_000_000);
        Assert.Equal(0, path.TimersSet);
    }

    [Fact]
    public void A_super_segment_holds_one_millisecond_of_data()
    {
        var link = new LinkProperties(LinkProperties.DefaultMtu) { ChecksumOffload = true, SegmentationOffload = true };
        var path = new PacedPath(
            TimeSpan.FromMilliseconds(50), CongestionAlgorithm.NewReno, window: 500_000, pacing: true, link);
        path.Host.SuperSegments.Clear();
        path.Carry(TimeSpan.FromSeconds(1));
        // 500,000 bytes in 100 ms with the pacing gain: 6,000 per millisecond.
        Assert.All(path.Host.SuperSegments, frame => Assert.InRange(frame.Length, 2 * frame.SegmentSize, 5 * Mss));
        Assert.True(path.Host.SuperSegments.Count > 100);
    }

    [Fact]
    public void The_first_retransmission_is_not_paced()
    {
        var path = new PacedPath(
            TimeSpan.FromMilliseconds(50), CongestionAlgorithm.NewReno, window: 125_000, pacing: true);
        path.Carry(TimeSpan.FromMilliseconds(510));
        var sender = path.Sender;
        var now = path.Pair.Now;
        sender.Congestion.Pacer.OnSent(1 << 20, now);
        Assert.False(sender.Congestion.Pacer.MaySend(now));
        Assert.Empty(path.Host.Emit(now));
        LossRecovery.RetransmitAll(path.Host.Engine.State, sender, SegmentReason.FastRetransmit);
        path.Host.Engine.State.Output.Add(sender);
        Assert.Single(path.Host.Emit(now));
    }

    [Fact]
    public void A_FIN_and_an_ACK_are_not_paced()
    {
        var path = new PacedPath(
            TimeSpan.FromMilliseconds(50), CongestionAlgorithm.NewReno, window: 125_000, pacing: true);
        path.Pair.RunUntil(() => path.Read() >= 0 && !path.Sender.HasUnsent && path.Sender.Snd.FlightSize == 0);
        var (sender, now) = (path.Sender, path.Pair.Now);
        sender.Congestion.Pacer.OnSent(1 << 20, now);
        sender.Pending.Ack = SegmentReason.DelayedAck;
        path.Host.Engine.State.Output.Add(sender);
        Assert.Single(path.Host.Emit(now));
        path.Host.Engine.Shutdown(sender, now);
        Assert.Single(path.Host.Emit(now));
    }

    /// <summary>
    /// A bulk transfer over a path with a constant delay, in congestion avoidance from a given window.
    /// </summary>
    private sealed class PacedPath
    {
        private readonly Tcb _receiver;
        private long _received;

        public PacedPath(
            TimeSpan delay, CongestionAlgorithm algorithm, int? window, bool pacing, LinkProperties? link = null)
        {
            var options = new EngineOptions
            {
                CongestionControl = algorithm,
                Pacing = pacing,
                ReceiveBufferSize = 1 << 22,
                SendBufferSize = 1 << 22,
            };
            Pair = new TestPair(options, options, link) { Delay = delay };
            (_receiver, Sender) = Pair.Connect();
            if (window is null)
                return;
            while (Sender.Congestion.Window * (algorithm == CongestionAlgorithm.Cubic ? 0.7 : 0.5) < window)
                Sender.Congestion.OnAcknowledged(Mss, windowWasUsed: true);
            Sender.Congestion.OnLoss(Sender.Congestion.Window);
            Feed(TimeSpan.FromSeconds(1));
        }

        public TestPair Pair { get; }

        public TestHost Host => Pair.B;

        public Tcb Sender { get; }

        public int TimersSet { get; private set; }

        /// <summary>Bytes received in the given time.</summary>
        public long Carry(TimeSpan span)
        {
            var before = _received;
            Feed(span);
            return _received - before;
        }

        /// <summary>
        /// The max of the bytes sent within a millisecond, on a link that releases packets in bunches.
        /// </summary>
        public int MaxBurst(TimeSpan span)
        {
            var sent = new List<(MonotonicTime Time, int Bytes)>();
            Pair.ExtraDelay = () => GateDelay(Pair.Now);
            Pair.Carries = (host, frame) =>
            {
                if (host == Host)
                    sent.Add((Pair.Now, frame.Length));
                return true;
            };
            Feed(span);
            return sent.Max(first =>
                sent.Where(s => s.Time >= first.Time && s.Time - first.Time < TimeSpan.FromMilliseconds(1))
                    .Sum(s => s.Bytes - 40));
        }

        /// <summary>Delays each packet to the end of its tenth of a second.</summary>
        private static TimeSpan GateDelay(MonotonicTime now)
        {
            const long Every = TimeSpan.TicksPerSecond / 10;
            return TimeSpan.FromTicks(Every - (now.Ticks % Every));
        }

        private void Feed(TimeSpan span)
        {
            for (var end = Pair.Now + span; Pair.Now < end;)
            {
                if (Sender.Active.SendQueue.Length < 1 << 21)
                    Host.Engine.Send(Sender, Host.Chain(new byte[1 << 20]), Pair.Now);
                var step = Pair.Delay / 10;
                Pair.Run(step);
                if (Sender.Timers.IsRunning(TcbTimer.Pacing))
                    TimersSet++;
                Read();
            }
        }

        /// <summary>The receiving application reads all data; returns the total in bytes.</summary>
        public long Read() => _received += Pair.A.ReadAll(_receiver, Pair.Now).Length;
    }
}
