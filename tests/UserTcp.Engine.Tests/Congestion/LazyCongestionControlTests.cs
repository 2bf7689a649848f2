using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Congestion;

/// <summary>A connection gets its congestion control with the first data that it sends.</summary>
public class LazyCongestionControlTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connection_that_only_receives_has_no_congestion_control(bool segmentationOffload)
    {
        var link = new LinkProperties(LinkProperties.DefaultMtu)
        {
            ChecksumOffload = segmentationOffload,
            SegmentationOffload = segmentationOffload,
        };
        var script = new Script(link: link);
        script.Accept();
        for (var seq = 1u; seq < 10_000; seq += 1000)
        {
            script.InjectBytes(TcpFlags.Ack, seq, ack: 1, new byte[1000]);
            Assert.Equal(1000, script.Read().Length);
        }

        script.PassMilliseconds(500);
        Assert.NotEqual(0, script.Drain());
        Assert.False(HasCongestionControl(script));

        script.Send("data");
        script.Expect(TcpFlags.Ack | TcpFlags.Psh, seq: 1, data: "data");
        Assert.True(HasCongestionControl(script));
    }

    private static bool HasCongestionControl(Script script) => script.Connection.CongestionOrNull is not null;
}
