using DelayBased;

namespace UserTcp.Impairment.Tests;

/// <summary>The sample of a congestion control of one's own, against CUBIC.</summary>
public class CongestionControlSampleTests
{
    [Fact]
    public async Task A_delay_based_congestion_control_keeps_the_queue_shorter_than_CUBIC()
    {
        var transfers = Task.WhenAll(Transfer.RunAsync(control: null), Transfer.RunAsync(Vegas.Factory));

        var both = await transfers.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        var (cubic, vegas) = (both[0], both[1]);
        Assert.Equal(("cubic", "vegas"), (cubic.Name, vegas.Name));
        Assert.True(vegas.QueueingDelay < cubic.QueueingDelay / 2, $"{vegas} {cubic}");
        Assert.True(vegas.Window < cubic.Window / 2, $"{vegas} {cubic}");
    }
}
