using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.LinuxAlike;

/// <summary>Window updates to a peer that cannot be told of the whole buffer.</summary>
public class WindowUpdateTests
{
    [Theory]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    public void Room_that_an_unscaled_window_cannot_express_is_no_news(uint irs)
    {
        var script = new Script(new EngineOptions { ReceiveBufferSize = 1 << 20 }, irs);
        script.Accept(scale: null);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "abc");
        script.PassMilliseconds(40);
        script.Expect(TcpFlags.Ack, ack: 4);
        Assert.Equal("abc", script.Read());
        script.ExpectNothing();
    }
}
