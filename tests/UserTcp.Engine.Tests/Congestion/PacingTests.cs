using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Engine.Timers;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>Pacing as it shows on the wire: two engines and a link, in virtual time.</summary>
public class PacingTests
{
    private const int Mss = 1460;

    [Theory]
    [InlineData(CongestionAlgorithm.Cubic)]
    [InlineData(CongestionAlgorithm.NewReno)]
    public void A_window_is_spread_over_the_round_trip(CongestionAlgorithm algorithm)
    {
        // 10 Mbit/s and 100 ms are 125,000 octets.
        var path = new PacedPath(TimeSpan.FromMilliseconds(50), algorithm, window: 125_000, pacing: true);
        var burst = path.MaxBurst(TimeSpan.FromSeconds(2));
        Assert.InRange(burst, 1, 14 * Mss);
        Assert.True(path.TimersSet > 0);
    }

    [Fact]
    public void Without_pacing_the_window_goes_out_in_one_burst()
    {
        var path = new PacedPath(TimeSpan.FromMilliseconds(50), CongestionAlgorithm.NewReno, window: 125_000, pacing: false);
        Assert.InRange(path.MaxBurst(TimeSpan.FromSeconds(2)), 50 * Mss, 1_000_000);
        Assert.Equal(0, path.TimersSet);
    }

    [Fact]
    public void Pacing_takes_nothing_from_what_is_carried()
    {
        var delay = TimeSpan.FromMilliseconds(50);
        var paced = new PacedPath(delay, CongestionAlgorithm.NewReno, window: 125_000, pacing: true).Carry(TimeSpan.FromSeconds(10));
        var free = new PacedPath(delay, CongestionAlgorithm.NewReno, window: 125_000, pacing: false).Carry(TimeSpan.FromSeconds(10));
        Assert.InRange(paced, 0.99 * free, 1.01 * free);
    }

    [Fact]
    public void On_a_round_trip_of_50_microseconds_there_is_never_a_timer()
    {
        var path = new PacedPath(TimeSpan.FromMicroseconds(25), CongestionAlgorithm.Cubic, window: null, pacing: true);
        Assert.True(path.Carry(TimeSpan.FromMilliseconds(100)) > 10_000_000);
        Assert.Equal(0, path.TimersSet);
    }

    [Fact]
    public void A_frame_for_the_link_to_cut_holds_what_goes_out_in_a_millisecond()
    {
        var link = new LinkProperties(LinkProperties.DefaultMtu) { ChecksumOffload = true, SegmentationOffload = true };
        var path = new PacedPath(TimeSpan.FromMilliseconds(50), CongestionAlgorithm.NewReno, window: 500_000, pacing: true, link);
        path.Host.SuperSegments.Clear();
        path.Carry(TimeSpan.FromSeconds(1));
        // 500,000 octets in 100 ms and a little faster: 6,000 in a millisecond.
        Assert.All(path.Host.SuperSegments, frame => Assert.InRange(frame.Text, 2 * frame.SegmentSize, 5 * Mss));
        Assert.True(path.Host.SuperSegments.Count > 100);
    }

    [Fact]
    public void The_first_retransmission_does_not_wait()
    {
        var path = new PacedPath(TimeSpan.FromMilliseconds(50), CongestionAlgorithm.NewReno, window: 125_000, pacing: true);
        path.Carry(TimeSpan.FromMilliseconds(510));
        var sender = path.Sender;
        var now = path.Pair.Now;
        sender.Congestion.Pacer.OnSent(1 << 20, now);
        Assert.False(sender.Congestion.Pacer.MaySend(now));
        Assert.Empty(path.Host.Emit(now));
        LossRecovery.RetransmitAll(sender, SegmentReason.FastRetransmit);
        path.Host.Engine.State.Output.Add(sender);
        Assert.Single(path.Host.Emit(now));
    }

    [Fact]
    public void A_fin_and_an_acknowledgment_do_not_wait()
    {
        var path = new PacedPath(TimeSpan.FromMilliseconds(50), CongestionAlgorithm.NewReno, window: 125_000, pacing: true);
        path.Pair.RunUntil(() => path.Read() >= 0 && !path.Sender.HasUnsent && path.Sender.Snd.FlightSize == 0);
        var (sender, now) = (path.Sender, path.Pair.Now);
        sender.Congestion.Pacer.OnSent(1 << 20, now);
        sender.Pending.Ack = SegmentReason.DelayedAck;
        path.Host.Engine.State.Output.Add(sender);
        Assert.Single(path.Host.Emit(now));
        path.Host.Engine.Shutdown(sender, now);
        Assert.Single(path.Host.Emit(now));
    }

    /// <summary>A bulk transfer over a path with a constant delay, in congestion avoidance from a given window on.</summary>
    private sealed class PacedPath
    {
        private readonly Tcb _receiver;
        private long _received;

        public PacedPath(TimeSpan delay, CongestionAlgorithm algorithm, int? window, bool pacing, LinkProperties? link = null)
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

        /// <summary>Octets that arrive in the time.</summary>
        public long Carry(TimeSpan span)
        {
            var before = _received;
            Feed(span);
            return _received - before;
        }

        /// <summary>The most octets that leave within a millisecond, after a pause of half a round trip has gathered the ACKs.</summary>
        public int MaxBurst(TimeSpan span)
        {
            var sent = new List<(MonotonicTime Time, int Octets)>();
            Pair.Lateness = () => Gathering(Pair.Now);
            Pair.Carries = (host, frame) =>
            {
                if (host == Host)
                    sent.Add((Pair.Now, frame.Length));
                return true;
            };
            Feed(span);
            return sent.Max(first => sent.Where(s => s.Time >= first.Time && s.Time - first.Time < TimeSpan.FromMilliseconds(1)).Sum(s => s.Octets - 40));
        }

        /// <summary>What passes the link in a tenth of a second arrives at its end.</summary>
        private static TimeSpan Gathering(MonotonicTime now)
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

        /// <summary>The receiver's user reads what there is; octets over all.</summary>
        public long Read() => _received += Pair.A.ReadAll(_receiver, Pair.Now).Length;
    }
}
