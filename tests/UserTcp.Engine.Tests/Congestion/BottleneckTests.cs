using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>Each congestion control in two engines over a bottleneck with a buffer, in virtual time.</summary>
public class BottleneckTests
{
    private const double Rate = 10e6 / 8;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(20);

    public static TheoryData<CongestionAlgorithm, bool, double, double> Cases => new()
    {
        { CongestionAlgorithm.Cubic, true, 0, 0.9 },
        { CongestionAlgorithm.Cubic, false, 0, 0.8 },
        { CongestionAlgorithm.NewReno, true, 0, 0.9 },
        { CongestionAlgorithm.Bbr, true, 0, 0.85 },
        { CongestionAlgorithm.Bbr, false, 0, 0.85 },
        { CongestionAlgorithm.Bbr, true, 0.01, 0.75 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Most_of_the_bottleneck_is_used(CongestionAlgorithm algorithm, bool sack, double loss, double min)
    {
        // Two bandwidth-delay products: 100 kB.
        var carried = Carry(algorithm, sack, loss, buffer: 100_000, TimeSpan.FromSeconds(15), out var lost);
        Assert.InRange(carried / (Rate * 15), min, 1);
        Assert.InRange(lost, 0, 0.03 + (2 * loss));
    }

    [Theory]
    [InlineData(CongestionAlgorithm.Cubic)]
    [InlineData(CongestionAlgorithm.NewReno)]
    public void Losses_reduce_the_window_and_no_recovery_is_spurious(CongestionAlgorithm algorithm)
    {
        var carried = Carry(algorithm, sack: true, loss: 0.01, buffer: 100_000, TimeSpan.FromSeconds(15), out var lost);
        Assert.InRange(carried / (Rate * 15), 0.25, 0.6);
        Assert.InRange(lost, 0.005, 0.02);
    }

    private static double Carry(
        CongestionAlgorithm algorithm, bool sack, double loss, int buffer, TimeSpan span, out double lost)
    {
        var options = new EngineOptions
        {
            CongestionControl = algorithm,
            Sack = sack,
            ReceiveBufferSize = 1 << 20,
            SendBufferSize = 1 << 22,
        };
        var pair = new TestPair(options, options) { Delay = Delay };
        var (receiver, sender) = pair.Connect();
        var free = pair.Now;
        var random = new Random(3);
        var (sent, dropped, late) = (0, 0, TimeSpan.Zero);
        pair.Carries = (host, frame) =>
        {
            late = TimeSpan.Zero;
            if (host != pair.B || frame.Length < 100)
                return true;
            sent++;
            var start = free > pair.Now ? free : pair.Now;
            if (random.NextDouble() < loss || (start - pair.Now).TotalSeconds * Rate > buffer)
            {
                dropped++;
                return false;
            }

            free = start + TimeSpan.FromSeconds(frame.Length / Rate);
            late = free - pair.Now;
            return true;
        };
        pair.ExtraDelay = () => late;
        long carried = 0;
        for (var end = pair.Now + span; pair.Now < end;)
        {
            if (sender.Active.SendQueue.Length < 1 << 20)
                pair.B.Engine.Send(sender, pair.B.Chain(new byte[1 << 20]), pair.Now);
            pair.Run(TimeSpan.FromMilliseconds(5));
            carried += pair.A.ReadAll(receiver, pair.Now).Length;
        }

        lost = (double)dropped / sent;
        return carried;
    }
}
