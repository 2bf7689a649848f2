using DelayBased;
using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>The congestion control of the sample, on the sample's path in virtual time.</summary>
public class VegasSampleTests
{
    private const int Smss = ModelPath.Smss;

    [Fact]
    public void Vegas_fills_the_path_with_a_fraction_of_CUBICs_queue()
    {
        var (vegas, cubic) = (PathOf(new Vegas()), PathOf(new Cubic()));
        foreach (var path in new[] { vegas, cubic })
        {
            path.Run(TimeSpan.FromSeconds(2));
            path.ResetMeanQueueDelay();
            Assert.InRange(path.Run(TimeSpan.FromSeconds(10)), 0.95, 1.01);
        }

        var delay = vegas.ResetMeanQueueDelay();
        // Vegas holds between two and four segments in the queue.
        Assert.InRange(delay.TotalSeconds * vegas.Rate / Smss, 1, 5);
        Assert.True(delay < cubic.ResetMeanQueueDelay() / 4);
        Assert.Equal(0, vegas.Lost);
    }

    [Fact]
    public void The_first_timeout_halves_ssthresh_and_undo_restores_both()
    {
        var control = new Vegas();
        control.Begin(Smss, handshakeRetransmitted: false);
        var before = (control.Window, control.SlowStartThreshold);

        control.OnTimeout(10 * Smss, isFirst: true);
        Assert.Equal((Smss, 5 * Smss), (control.Window, control.SlowStartThreshold));
        control.OnTimeout(2 * Smss, isFirst: false);
        Assert.Equal((Smss, 5 * Smss), (control.Window, control.SlowStartThreshold));

        control.Undo();
        Assert.Equal(before, (control.Window, control.SlowStartThreshold));
    }

    [Fact]
    public void A_timeout_with_little_in_flight_leaves_ssthresh_at_two_segments()
    {
        var control = new Vegas();
        control.Begin(Smss, handshakeRetransmitted: false);

        control.OnTimeout(Smss, isFirst: true);

        Assert.Equal((Smss, 2 * Smss), (control.Window, control.SlowStartThreshold));
    }

    /// <summary>16 Mbit/s, an RTT of 10 ms, and a queue ten times as long as the path.</summary>
    private static ModelPath PathOf(CongestionControl control) => new(control, 16, 10, bufferInBdp: 10);
}
