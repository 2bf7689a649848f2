using UserTcp.Engine.Congestion;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>The pacer's bucket by itself.</summary>
public class PacerTests
{
    private const int Smss = 1000;

    private static readonly TimeSpan s_rtt = TimeSpan.FromMilliseconds(100);
    private static readonly MonotonicTime s_start = new(TimeSpan.TicksPerSecond);

    private Pacer _pacer;

    [Fact]
    public void Without_a_rate_nothing_waits()
    {
        _pacer.OnSent(1 << 30);
        Assert.True(_pacer.MaySend(s_start));
        _pacer.SetRate(0, s_rtt, Smss, s_start);
        _pacer.OnSent(1 << 30);
        Assert.Equal((true, false, int.MaxValue), (_pacer.MaySend(s_start), _pacer.IsPacing, _pacer.Quantum));
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void Round_trips_of_up_to_a_millisecond_are_not_worth_it(int microseconds, bool isPacing)
    {
        _pacer.SetRate(1_000_000, TimeSpan.FromMicroseconds(microseconds), Smss, s_start);
        Assert.Equal(isPacing, _pacer.IsPacing);
    }

    [Theory]
    [InlineData(1_000_000, 10)]
    [InlineData(100_000_000, 100)]
    public void A_burst_is_ten_segments_or_a_millisecond(long rate, int segments)
    {
        _pacer.SetRate(rate, s_rtt, Smss, s_start);
        var sent = 0;
        for (; _pacer.MaySend(s_start); sent++)
            _pacer.OnSent(Smss);
        Assert.Equal(segments, sent);
    }

    [Theory]
    [InlineData(100_000, 2000)]
    [InlineData(5_500_000, 5000)]
    public void A_piece_is_a_millisecond_in_whole_segments_and_two_segments_at_least(long rate, int quantum)
    {
        _pacer.SetRate(rate, s_rtt, Smss, s_start);
        Assert.Equal(quantum, _pacer.Quantum);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(1_250_000)]
    [InlineData(125_000_000)]
    public void Over_time_exactly_the_rate_goes_out(long rate)
    {
        _pacer.SetRate(rate, s_rtt, Smss, s_start);
        long sent = 0;
        var now = s_start;
        while (now - s_start < TimeSpan.FromSeconds(10))
        {
            for (; _pacer.MaySend(now); sent += Smss)
                _pacer.OnSent(Smss);
            Assert.True(_pacer.NextSend() > now);
            now = _pacer.NextSend();
        }

        Assert.InRange(sent, 9.99 * rate, (10.02 * rate) + (20 * Smss));
    }

    [Fact]
    public void A_new_rate_takes_over_what_is_in_the_bucket()
    {
        _pacer.SetRate(1_000_000, s_rtt, Smss, s_start);
        _pacer.OnSent(20 * Smss);
        _pacer.SetRate(2_000_000, s_rtt, Smss, s_start);
        Assert.False(_pacer.MaySend(s_start + TimeSpan.FromMilliseconds(5)));
        Assert.True(_pacer.MaySend(s_start + TimeSpan.FromMilliseconds(5.1)));
    }
}
