using UserTcp.Engine.Tests.Input;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests;

/// <summary>Dispose releases all blocks of an engine.</summary>
public class DisposeTests
{
    [Fact]
    public void Blocks_of_queued_replies_are_released()
    {
        var script = new Script();
        for (var i = 0; i < 3; i++)
            script.Host.Receive(DropTests.Echo(script.Peer, script.Host.Address), script.Now);
        Assert.True(script.Engine.TryEmit(new byte[TcpEngine.MaxHeaderLength], script.Now, out _));
        Assert.Equal(3, script.Host.Pool.Rented);

        script.Engine.Dispose();

        Assert.Equal(0, script.Host.Pool.Rented);
    }

    [Fact]
    public void Blocks_of_every_queue_are_released()
    {
        var script = new Script(iss: Isn.BeforeHalf, irs: Isn.BeforeWrap);
        script.Accept();
        script.Send("unacknowledged");
        script.Inject(Wire.TcpFlags.Ack, seq: 1, ack: 1, data: "unread");
        script.Inject(Wire.TcpFlags.Ack, seq: 20, ack: 1, data: "out of order");
        Assert.Equal(3, script.Host.Pool.Rented);

        script.Engine.Dispose();

        Assert.Equal(0, script.Host.Pool.Rented);
        Assert.Equal(0, script.Engine.ConnectionCount);
    }
}
