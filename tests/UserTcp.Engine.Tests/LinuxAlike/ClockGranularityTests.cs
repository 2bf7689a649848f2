using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;

namespace UserTcp.Engine.Tests.LinuxAlike;

/// <summary>How far the RTO is above SRTT.</summary>
public class ClockGranularityTests
{
    [Theory, Trait("RFC", "6298 section 2.3")]
    [InlineData(1, 200)]
    [InlineData(200, 300)]
    public void The_rto_of_a_steady_path_is_that_far_above_srtt(int granularity, int rto)
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
    public void It_is_the_least_that_variation_counts_and_rounds_nothing_else(int granularity)
    {
        var options = new EngineOptions
        {
            ClockGranularity = TimeSpan.FromMilliseconds(granularity),
            MinRto = TimeSpan.FromTicks(1),
        };
        var estimator = default(RttEstimator);
        for (var i = 0; i < 200; i++)
            estimator.Measure(TimeSpan.FromMilliseconds(3.25));

        // 4 RTTVAR has come down to nothing: G takes its place.
        Assert.Equal(TimeSpan.FromMilliseconds(3.25 + granularity), estimator.Rto(options));

        // One round trip of 803.25 ms: SRTT gains an eighth of what is new, RTTVAR a quarter, of which four count.
        estimator.Measure(TimeSpan.FromMilliseconds(803.25));
        Assert.InRange(estimator.Rto(options), TimeSpan.FromMilliseconds(903.24), TimeSpan.FromMilliseconds(903.26));
    }

    [Fact]
    [Trait("RFC", "6298 section 4")]
    public void It_is_no_coarser_than_what_has_been_shown_to_do_well() =>
        Assert.InRange(new EngineOptions().ClockGranularity, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(100));

    [Fact]
    public void It_has_to_be_positive() =>
        Assert.Single(new EngineOptions { ClockGranularity = TimeSpan.Zero }.Validate(), problem => problem.Contains(nameof(EngineOptions.ClockGranularity)));
}
