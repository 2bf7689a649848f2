using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>The PSH flag of data segments.</summary>
public class PushTests
{
    private const int Mss = 1000;

    [Theory]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    [Trait("SynCookies", "never")]
    public void The_last_segment_of_a_burst_limited_by_the_congestion_window_has_PSH(uint irs)
    {
        var script = Script.Established(irs, window: Script.PeerWindow, mss: Mss);
        script.Send(new byte[30 * Mss]);
        for (uint i = 0; i < 9; i++)
            Assert.False(IsPushed(script.Expect(TcpFlags.Ack, seq: 1 + (i * Mss), length: Mss)));
        Assert.True(IsPushed(script.Expect(TcpFlags.Ack, seq: 1 + (9 * Mss), length: Mss)));
        script.ExpectNothing();

        script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + Mss);
        Assert.False(IsPushed(script.Expect(TcpFlags.Ack, seq: 1 + (10 * Mss), length: Mss)));
        Assert.True(IsPushed(script.Expect(TcpFlags.Ack, seq: 1 + (11 * Mss), length: Mss)));
        script.ExpectNothing();
    }

    [Fact]
    [Trait("SynCookies", "never")]
    public void A_single_segment_with_more_data_to_follow_has_no_PSH()
    {
        var script = Script.Established(uint.MaxValue, window: Mss, mss: Mss);
        script.Send(new byte[3 * Mss]);
        Assert.False(IsPushed(script.Expect(TcpFlags.Ack, seq: 1, length: Mss)));
        script.ExpectNothing();
    }

    [Fact, Trait("RFC9293", "MUST-61")]
    [Trait("SynCookies", "never")]
    public void The_last_data_has_PSH()
    {
        var script = Script.Established(uint.MaxValue, window: Script.PeerWindow, mss: Mss);
        script.Send(new byte[2 * Mss]);
        Assert.False(IsPushed(script.Expect(TcpFlags.Ack, seq: 1, length: Mss)));
        Assert.True(IsPushed(script.Expect(TcpFlags.Ack, seq: 1 + Mss, length: Mss)));
    }

    private static bool IsPushed(SentSegment segment) => segment.Header.Flags.HasFlag(TcpFlags.Psh);
}
