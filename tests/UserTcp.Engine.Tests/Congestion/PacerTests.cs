using UserTcp.Engine.Congestion;
using UserTcp.Engine.Contract;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>The pacer's bucket by itself.</summary>
public class PacerTests
{
    private const int Smss = 1000;

    private static readonly TimeSpan Rtt = TimeSpan.FromMilliseconds(100);
    private static readonly MonotonicTime Start = new(TimeSpan.TicksPerSecond);

    private Pacer _pacer;

    [Fact]
    public void Without_a_rate_nothing_waits()
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
    public void Round_trips_of_up_to_a_millisecond_are_not_worth_it(int microseconds, bool isPacing)
    {
        _pacer.SetRate(1_000_000, TimeSpan.FromMicroseconds(microseconds), Smss, Start);
        Assert.Equal(isPacing, _pacer.IsPacing);
    }

    [Theory]
    [InlineData(1_000_000, 10)]
    [InlineData(100_000_000, 100)]
    public void A_burst_is_ten_segments_or_a_millisecond(long rate, int segments)
    {
        _pacer.SetRate(rate, Rtt, Smss, Start);
        var sent = 0;
        for (; _pacer.MaySend(Start); sent++)
            _pacer.OnSent(Smss, Start);
        Assert.Equal(segments, sent);
    }

    [Fact]
    public void What_is_sent_all_the_same_is_owed_for_no_longer_than_a_burst()
    {
        _pacer.SetRate(10_000, Rtt, Smss, Start);
        for (var i = 0; i < 1000; i++)
            _pacer.OnSent(Smss, Start);
        // The bucket of ten segments is ten below nothing, and two are to be in it: 1.2 s, not the 99 that all of it would take.
        Assert.False(_pacer.MaySend(Start));
        Assert.Equal(Start + TimeSpan.FromSeconds(1.2), _pacer.NextSend());
    }

    [Theory]
    [InlineData(100_000, 2000)]
    [InlineData(5_500_000, 5000)]
    public void A_piece_is_a_millisecond_in_whole_segments_and_two_segments_at_least(long rate, int quantum)
    {
        _pacer.SetRate(rate, Rtt, Smss, Start);
        Assert.Equal(quantum, _pacer.Quantum);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(1_250_000)]
    [InlineData(125_000_000)]
    public void Over_time_exactly_the_rate_goes_out(long rate)
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
    public void A_new_rate_takes_over_what_is_in_the_bucket()
    {
        _pacer.SetRate(1_000_000, Rtt, Smss, Start);
        _pacer.OnSent(20 * Smss, Start);
        _pacer.SetRate(2_000_000, Rtt, Smss, Start);
        Assert.False(_pacer.MaySend(Start + TimeSpan.FromMilliseconds(5)));
        Assert.True(_pacer.MaySend(Start + TimeSpan.FromMilliseconds(5.1)));
    }
}
