using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>The pacer's token bucket in isolation.</summary>
public class PacerTests
{
    private const int Smss = 1000;

    private static readonly TimeSpan Rtt = TimeSpan.FromMilliseconds(100);
    private static readonly MonotonicTime Start = new(TimeSpan.TicksPerSecond);

    private Pacer _pacer;

    [Fact]
    public void Without_a_rate_sending_is_not_paced()
    {
        _pacer.OnSent(1 << 30, Start);
        Assert.True(_pacer.MaySend(Start));
        _pacer.SetRate(0, Rtt, Smss, Start);
        _pacer.OnSent(1 << 30, Start);
        Assert.Equal((true, false, int.MaxValue), (_pacer.MaySend(Start), _pacer.IsPacing, _pacer.Quantum));
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void Round_trips_of_a_millisecond_or_less_are_not_paced(int microseconds, bool isPacing)
    {
        _pacer.SetRate(1_000_000, TimeSpan.FromMicroseconds(microseconds), Smss, Start);
        Assert.Equal(isPacing, _pacer.IsPacing);
    }

    [Theory]
    [InlineData(1_000_000, 10)]
    [InlineData(100_000_000, 100)]
    public void A_burst_is_the_max_of_ten_segments_and_a_millisecond(long rate, int segments)
    {
        _pacer.SetRate(rate, Rtt, Smss, Start);
        var sent = 0;
        for (; _pacer.MaySend(Start); sent++)
            _pacer.OnSent(Smss, Start);
        Assert.Equal(segments, sent);
    }

    [Fact]
    public void Debt_is_capped_at_one_burst()
    {
        _pacer.SetRate(10_000, Rtt, Smss, Start);
        for (var i = 0; i < 1000; i++)
            _pacer.OnSent(Smss, Start);
        // The debt is capped at ten segments and two tokens are needed: 1.2 s, instead of the 99 s of the whole debt.
        Assert.False(_pacer.MaySend(Start));
        Assert.Equal(Start + TimeSpan.FromSeconds(1.2), _pacer.NextSend());
    }

    [Fact]
    public void An_RTT_of_hours_delays_a_quantum_by_two_seconds()
    {
        _pacer.SetRate(1, TimeSpan.FromHours(61), Smss, Start);
        while (_pacer.MaySend(Start))
            _pacer.OnSent(Smss, Start);
        Assert.Equal(Start + TimeSpan.FromSeconds(2), _pacer.NextSend());
        Assert.True(_pacer.MaySend(Start + TimeSpan.FromSeconds(2)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_rate_of_a_window_is_0_only_before_the_first_RTT(bool isInSlowStart)
    {
        Assert.Equal(0, WindowPacing.Rate(2 * Smss, isInSlowStart, TimeSpan.Zero));
        Assert.Equal(1, WindowPacing.Rate(2 * Smss, isInSlowStart, TimeSpan.FromHours(61)));
    }

    [Fact]
    public void The_rate_of_BBR_is_not_0_however_long_the_RTT()
    {
        var bbr = new Bbr(seed: 1);
        bbr.Begin(Smss, handshakeRetransmitted: false);
        Assert.Equal(1, bbr.PacingRate(TimeSpan.FromHours(61)));
    }

    [Theory]
    [InlineData(100_000, 2000)]
    [InlineData(5_500_000, 5000)]
    public void The_quantum_is_a_millisecond_in_whole_segments_with_a_min_of_two(long rate, int quantum)
    {
        _pacer.SetRate(rate, Rtt, Smss, Start);
        Assert.Equal(quantum, _pacer.Quantum);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(1_250_000)]
    [InlineData(125_000_000)]
    public void The_average_rate_is_exact(long rate)
    {
        _pacer.SetRate(rate, Rtt, Smss, Start);
        long sent = 0;
        var now = Start;
        while (now - Start < TimeSpan.FromSeconds(10))
        {
            for (; _pacer.MaySend(now); sent += Smss)
                _pacer.OnSent(Smss, now);
            Assert.True(_pacer.NextSend() > now);
            now = _pacer.NextSend();
        }

        Assert.InRange(sent, 9.99 * rate, (10.02 * rate) + (20 * Smss));
    }

    [Fact]
    public void A_new_rate_keeps_the_tokens()
    {
        _pacer.SetRate(1_000_000, Rtt, Smss, Start);
        _pacer.OnSent(20 * Smss, Start);
        _pacer.SetRate(2_000_000, Rtt, Smss, Start);
        Assert.False(_pacer.MaySend(Start + TimeSpan.FromMilliseconds(5)));
        Assert.True(_pacer.MaySend(Start + TimeSpan.FromMilliseconds(5.1)));
    }
}
