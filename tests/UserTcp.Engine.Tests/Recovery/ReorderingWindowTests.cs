using UserTcp.Engine.Recovery;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>RACK's reordering window (RFC 8985 section 6.2, step 4).</summary>
[Trait("RFC", "8985 section 6.2")]
public class ReorderingWindowTests
{
    [Theory, MemberData(nameof(Isn.Pairs), MemberType = typeof(Isn))]
    public void The_window_grows_with_D_SACKs_once_per_round_trip_after_any_pause(uint irs, uint iss)
    {
        _ = irs;
        var window = new ReorderingWindow();
        var una = new SeqNum(iss);
        Report(ref window, una);
        Report(ref window, una + 500);
        Assert.Equal(2, Quarters(window));
        Report(ref window, una + 1000);
        Assert.Equal(3, Quarters(window));
        // More than half the sequence space later, where an old number compares as a new one.
        Report(ref window, una + 0x9000_0000u);
        Assert.Equal(4, Quarters(window));
    }

    private static void Report(ref ReorderingWindow window, SeqNum una) => window.OnDuplicateReported(una, una + 1000);

    private static int Quarters(in ReorderingWindow window) =>
        (int)window.Length(
            isInRecovery: false, sackedSegments: 0, TimeSpan.FromMilliseconds(4),
            TimeSpan.FromSeconds(1)).TotalMilliseconds;
}
