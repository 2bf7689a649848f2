using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Calls;

/// <summary>The limit on orphans, the connections closed by their application (Linux: tcp_max_orphans).</summary>
public sealed class OrphanLimitTests
{
    [Fact]
    public void An_orphan_beyond_the_limit_is_reset_at_its_close_and_each_end_makes_room()
    {
        var script = new Script(new EngineOptions { MaxOrphans = 2 });
        script.Listen();
        for (ushort i = 0; i < 2; i++)
        {
            Accept(script, i);
            script.Close();
            script.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);
        }

        Accept(script, 2);
        script.Close();
        script.Expect(TcpFlags.Rst | TcpFlags.Ack, seq: 1, ack: 1);
        script.ExpectNothing();
        Assert.Equal(
            (2, 2, 1), (script.Engine.OrphanCount, script.Engine.ConnectionCount, script.Count(Counter.OrphansReset)));

        script.PeerPort = new Port(30_000);
        script.Inject(TcpFlags.Rst, seq: 1);
        Assert.Equal(1, script.Engine.OrphanCount);
        Accept(script, 3);
        script.Close();
        script.Close();
        script.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);
        Assert.Equal((2, 1), (script.Engine.OrphanCount, script.Count(Counter.OrphansReset)));

        script.Pass(TimeSpan.FromMinutes(5));
        script.Drain();
        Assert.Equal(0, script.Engine.OrphanCount);
        script.AssertNothingLeft();
    }

    [Fact]
    public void A_connection_in_use_is_no_orphan()
    {
        var script = new Script(new EngineOptions { MaxOrphans = 1 });
        script.Listen();
        for (ushort i = 0; i < 5; i++)
        {
            Accept(script, i);
            script.Shutdown();
            script.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);
        }

        Assert.Equal((0, 5), (script.Engine.OrphanCount, script.Engine.ConnectionCount));
    }

    private static void Accept(Script script, ushort number)
    {
        script.PeerPort = new Port((ushort)(30_000 + number));
        script.Inject(TcpFlags.Syn, seq: 0);
        script.Expect(TcpFlags.Syn | TcpFlags.Ack);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1);
        script.AcceptWaiting();
    }
}
