using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>Window updates to a peer without window scaling.</summary>
public class WindowUpdateTests
{
    [Theory]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    public void Space_beyond_an_unscaled_window_draws_no_update(uint irs)
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
