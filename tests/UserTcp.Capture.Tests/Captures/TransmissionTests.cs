using UserTcp.Capture.Inference;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Tests.Captures;

/// <summary>The last transmissions of an end, of which the oldest are forgotten.</summary>
public sealed class TransmissionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(5000)]
    public void The_last_2048_are_found(int count)
    {
        var transmissions = new Transmissions();
        for (var i = 0; i < count; i++)
            transmissions.Add(new Transmission(i * 10, (i * 10) + 10, new MonotonicTime(i), i, IsAgain: false, null));

        var first = Math.Max(count - 2048, 0);
        for (var i = first; i < count; i++)
            Assert.Equal(i, transmissions.FindLast((i * 10) + 9)?.Frame);
        Assert.Null(transmissions.FindLast((first * 10) - 1));
        Assert.Null(transmissions.FindLast(count * 10));
        Assert.Equal(first, transmissions.FindFirstAbove(-1)?.Frame);
        Assert.Equal(new MonotonicTime(count - 1), transmissions.Measure(count * 10));
    }
}
