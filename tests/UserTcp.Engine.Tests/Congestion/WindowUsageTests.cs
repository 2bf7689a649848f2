using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>The congestion window grows only while the sender uses it, measured per window of data.</summary>
public class WindowUsageTests
{
    private const int Mss = 1000;
    private const uint Window = 65_535;

    [Theory, Trait("RFC", "7661 section 4.3")]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    [Trait("SynCookies", "never")]
    public void Half_a_window_in_use_does_not_grow_it(uint irs)
    {
        var script = Script.Established(irs, window: Window, mss: Mss);
        script.Send(new byte[5 * Mss]);
        script.Drain();
        foreach (var acknowledged in new uint[] { 2, 4, 5 })
        {
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + (acknowledged * Mss), window: Window);
            Assert.Equal(10 * Mss, CongestionWindow(script));
        }
    }

    [Theory, Trait("RFC", "7661 section 4.3")]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    [Trait("SynCookies", "never")]
    public void The_max_flight_of_the_round_counts(uint irs)
    {
        var script = Script.Established(irs, window: Window, mss: Mss);
        script.Send(new byte[9 * Mss]);
        script.Drain();
        foreach (var (acknowledged, segments) in new (uint, int)[] { (2, 12), (4, 14), (6, 16), (8, 18), (9, 18) })
        {
            script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + (acknowledged * Mss), window: Window);
            Assert.Equal(segments * Mss, CongestionWindow(script));
        }
    }

    [Fact]
    public void Each_window_of_data_is_measured_on_its_own()
    {
        var script = Script.Established(uint.MaxValue, window: Window, mss: Mss);
        script.Send(new byte[10 * Mss]);
        script.Drain();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + (10 * Mss), window: Window);
        var grown = CongestionWindow(script);
        script.Send(new byte[Mss]);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1 + (11 * Mss), window: Window);
        Assert.Equal(grown, CongestionWindow(script));
    }

    private static long CongestionWindow(Script script) =>
        script.Engine.GetSnapshot(script.Connection).CongestionWindow;
}
