using UserTcp.Engine.Contract;
using UserTcp.Impairment;

namespace UserTcp.Simulation.Tests;

/// <summary>A link that reorders without loss: every retransmission is spurious.</summary>
public class ReorderingTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);

    public static MatrixTheoryData<int, int, ulong> Links => new([10, 100], [1, 20, 100], [1, 2]);

    [Theory, MemberData(nameof(Links))]
    public void Every_reduction_is_undone_and_goodput_stays_high(int rate, int roundTrip, ulong seed)
    {
        var link = new LinkImpairment
        {
            Rate = rate * 1_000_000L,
            Delay = TimeSpan.FromMilliseconds(roundTrip / 2.0),
            ReorderDelay = TimeSpan.FromMilliseconds(Math.Max(roundTrip / 2.0, 2.5)),
            Queue = int.MaxValue,
            Seed = seed,
        };
        var inOrder = Run(link);
        var reordered = Run(link with { Reorder = 0.02 });

        var counters = reordered.Counters;
        var reductions = counters[Counter.FastRetransmits] + counters[Counter.RetransmissionTimeouts];
        var pending = reordered.Sender.Active.Loss.State == RecoveryState.Open ? 0 : 1;
        Assert.InRange(counters[Counter.SpuriousRecoveries], Math.Max(1, reductions - pending), reductions);
        Assert.True(reordered.Received >= 0.95 * inOrder.Received, $"{reordered.Received} of {inOrder.Received} bytes");
    }

    private static GridTransfer Run(LinkImpairment link)
    {
        var transfer = new GridTransfer(link);
        transfer.Run(Length);
        return transfer;
    }
}
