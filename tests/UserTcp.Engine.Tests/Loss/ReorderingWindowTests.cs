using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Loss;

/// <summary>How long a segment may be overtaken (RFC 8985 section 6.2, step 4).</summary>
[Trait("RFC", "8985 section 6.2")]
public class ReorderingWindowTests
{
    [Theory, MemberData(nameof(Isn.NearWraps), MemberType = typeof(Isn))]
    public void It_grows_with_what_was_sent_again_for_nothing_once_in_a_round_trip_however_long_ago_the_last_was(uint irs, uint iss)
    {
        _ = irs;
        var window = new ReorderingWindow();
        var una = new SeqNum(iss);
        window.OnDuplicateReported(Outstanding(una));
        window.OnDuplicateReported(Outstanding(una + 500));
        Assert.Equal(2, Quarters(window));
        window.OnDuplicateReported(Outstanding(una + 1000));
        Assert.Equal(3, Quarters(window));
        // Further than half around, where what lies behind seems to lie ahead.
        window.OnDuplicateReported(Outstanding(una + 0x9000_0000u));
        Assert.Equal(4, Quarters(window));
    }

    private static SendSequence Outstanding(SeqNum una) => new() { Una = una, Nxt = una + 1000 };

    private static int Quarters(in ReorderingWindow window) =>
        (int)window.Length(isInRecovery: false, sackedSegments: 0, TimeSpan.FromMilliseconds(4), TimeSpan.FromSeconds(1)).TotalMilliseconds;
}
