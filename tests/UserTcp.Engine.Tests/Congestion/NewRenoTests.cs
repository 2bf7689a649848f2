using UserTcp.Engine.Congestion;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>NewReno's window in isolation (RFC 5681 section 3.1, RFC 3465, RFC 6928).</summary>
public class NewRenoTests
{
    private const int Smss = 1000;

    private readonly NewReno _control = new();

    public NewRenoTests() => _control.Begin(Smss, handshakeRetransmitted: false);

    [Theory]
    [InlineData(536, 5360)]
    [InlineData(1460, 14_600)]
    [InlineData(2000, 14_600)]
    [InlineData(9000, 18_000)]
    [InlineData(65_495, 130_990)]
    [Trait("RFC", "6928 section 2")]
    public void The_initial_window_is_ten_segments_within_limits(int smss, long window)
    {
        _control.Begin(smss, handshakeRetransmitted: false);
        Assert.Equal(window, _control.Window);
        _control.Begin(smss, handshakeRetransmitted: true);
        Assert.Equal(smss, _control.Window);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1000, 1000)]
    [InlineData(2000, 2000)]
    [InlineData(50_000, 2000)]
    [Trait("RFC", "3465 section 2.2")]
    public void Slow_start_grows_by_the_bytes_acknowledged_with_a_max_of_two_segments(int bytes, long growth)
    {
        var before = _control.Window;
        _control.OnAcknowledged(bytes, windowWasUsed: true);
        Assert.Equal(before + growth, _control.Window);
    }

    [Fact, Trait("RFC", "3465 section 2.3")]
    public void In_slow_start_after_a_timeout_an_ACK_counts_for_one_segment()
    {
        _control.OnTimeout(20_000, isFirst: true);
        Assert.Equal((1000, 10_000), (_control.Window, _control.SlowStartThreshold));
        _control.OnAcknowledged(5000, windowWasUsed: true);
        Assert.Equal(2000, _control.Window);
        while (_control.Window < _control.SlowStartThreshold)
            _control.OnAcknowledged(5000, windowWasUsed: true);
        _control.OnAcknowledged(1, windowWasUsed: true);
        _control.OnLoss(100_000);
        Assert.Equal(50_000, _control.Window);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(500)]
    [InlineData(1000)]
    [InlineData(2000)]
    [Trait("RFC", "5681 section 3.1")]
    public void Congestion_avoidance_grows_by_one_segment_per_window_with_any_division_of_ACKs(int bytesPerAck)
    {
        _control.OnLoss(20_000);
        for (var i = 0; i < 10_000 / bytesPerAck; i++)
            _control.OnAcknowledged(bytesPerAck, windowWasUsed: true);
        Assert.Equal(11_000, _control.Window);
        for (var i = 0; i < 12_000 / bytesPerAck; i++)
            _control.OnAcknowledged(bytesPerAck, windowWasUsed: true);
        Assert.Equal(12_000, _control.Window);
    }

    [Fact, Trait("RFC", "5681 section 3.1")]
    public void Divided_ACKs_do_not_inflate_slow_start()
    {
        for (var i = 0; i < 1000; i++)
            _control.OnAcknowledged(1, windowWasUsed: true);
        Assert.Equal(11_000, _control.Window);
    }

    [Fact, Trait("RFC", "7661 section 4.2")]
    public void An_unused_window_does_not_grow()
    {
        _control.OnAcknowledged(1000, windowWasUsed: false);
        Assert.Equal(10_000, _control.Window);
    }

    [Theory]
    [InlineData(20_000, 10_000)]
    [InlineData(3000, 2000)]
    [InlineData(0, 2000)]
    [Trait("RFC", "5681 section 3.1"), Trait("RFC9293", "MUST-19")]
    public void After_a_loss_ssthresh_is_half_the_flight_with_a_min_of_two_segments(long flight, long threshold)
    {
        _control.OnLoss(flight);
        Assert.Equal((threshold, threshold), (_control.Window, _control.SlowStartThreshold));
    }

    [Fact, Trait("RFC", "5681 section 3.1")]
    public void A_second_timeout_of_the_same_segment_keeps_ssthresh()
    {
        _control.OnTimeout(20_000, isFirst: true);
        _control.OnTimeout(8000, isFirst: false);
        Assert.Equal((1000, 10_000), (_control.Window, _control.SlowStartThreshold));
    }

    [Theory]
    [InlineData(0, 2000)]
    [InlineData(4000, 5000)]
    [InlineData(50_000, 10_000)]
    [Trait("RFC", "6582 section 3.2")]
    public void After_recovery_the_window_allows_no_burst(long flight, long window)
    {
        _control.OnLoss(20_000);
        _control.OnRecovered(flight);
        Assert.Equal(window, _control.Window);
    }

    [Fact, Trait("RFC", "5681 section 4.1")]
    public void After_idle_the_window_is_the_initial_window_or_less()
    {
        for (var i = 0; i < 100; i++)
            _control.OnAcknowledged(2000, windowWasUsed: true);
        _control.OnIdle();
        Assert.Equal(10_000, _control.Window);
        _control.OnTimeout(10_000, isFirst: true);
        _control.OnIdle();
        Assert.Equal(1000, _control.Window);
    }
}
