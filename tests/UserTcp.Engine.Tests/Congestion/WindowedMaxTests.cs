using UserTcp.Engine.Congestion;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>The windowed max filter.</summary>
public class WindowedMaxTests
{
    [Fact]
    public void The_max_covers_the_window_and_drops_older_values()
    {
        var max = default(WindowedMax);
        max.Update(100, 1, 10);
        Assert.Equal(100, max.Value);
        max.Update(50, 4, 10);
        max.Update(20, 7, 10);
        max.Update(10, 11, 10);
        Assert.Equal(100, max.Value);
        max.Update(10, 12, 10);
        Assert.Equal(50, max.Value);
        max.Update(10, 15, 10);
        Assert.Equal(20, max.Value);
        max.Update(70, 16, 10);
        Assert.Equal(70, max.Value);
        max.Update(1, 40, 10);
        Assert.Equal(1, max.Value);
    }

    [Fact]
    public void The_estimate_lies_between_the_latest_value_and_the_true_max()
    {
        var random = new Random(5);
        var max = default(WindowedMax);
        var values = new List<long>();
        for (var i = 0; i < 10_000; i++)
        {
            values.Add(random.Next(1, 1000));
            max.Update(values[^1], i, 20);
            Assert.InRange(max.Value, values[^1], values.Skip(Math.Max(values.Count - 21, 0)).Max());
        }
    }
}
