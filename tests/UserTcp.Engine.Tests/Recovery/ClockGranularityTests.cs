using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>The clock granularity G in the RTO: the min distance above SRTT.</summary>
public class ClockGranularityTests
{
    [Theory, Trait("RFC", "6298 section 2.3")]
    [InlineData(1, 200)]
    [InlineData(200, 300)]
    public void The_RTO_of_a_steady_path_is_SRTT_plus_the_granularity(int granularity, int rto)
    {
        var options = new EngineOptions { ClockGranularity = TimeSpan.FromMilliseconds(granularity) };
        var estimator = default(RttEstimator);
        for (var i = 0; i < 100; i++)
            estimator.Measure(TimeSpan.FromMilliseconds(100));

        Assert.Equal(TimeSpan.FromMilliseconds(rto), estimator.Rto(options));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    [Trait("RFC", "6298 section 4")]
    public void The_granularity_is_the_min_of_the_variance_term_and_rounds_nothing(int granularity)
    {
        var options = new EngineOptions
        {
            ClockGranularity = TimeSpan.FromMilliseconds(granularity),
            MinRto = TimeSpan.FromTicks(1),
        };
        var estimator = default(RttEstimator);
        for (var i = 0; i < 200; i++)
            estimator.Measure(TimeSpan.FromMilliseconds(3.25));

        // 4 RTTVAR is almost zero: G takes its place.
        Assert.Equal(TimeSpan.FromMilliseconds(3.25 + granularity), estimator.Rto(options));

        // One round trip of 803.25 ms: SRTT gains an eighth of the difference (100 ms), 4 RTTVAR all of it (800 ms).
        estimator.Measure(TimeSpan.FromMilliseconds(803.25));
        Assert.InRange(estimator.Rto(options), TimeSpan.FromMilliseconds(903.24), TimeSpan.FromMilliseconds(903.26));
    }

    [Fact]
    [Trait("RFC", "6298 section 4")]
    public void The_default_granularity_is_no_coarser_than_measured_to_work() =>
        Assert.InRange(new EngineOptions().ClockGranularity, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(100));

    [Fact]
    public void The_granularity_must_be_positive() =>
        Assert.Single(
            new EngineOptions { ClockGranularity = TimeSpan.Zero }.Validate(),
            problem => problem.Contains(nameof(EngineOptions.ClockGranularity)));
}
