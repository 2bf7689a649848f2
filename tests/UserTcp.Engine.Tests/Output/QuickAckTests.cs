using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Output;

/// <summary>Quick ACKs: ACKs without delay while the peer is in slow start.</summary>
public class QuickAckTests
{
    [Theory]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    public void The_configured_number_of_ACKs_is_sent_at_once(uint irs)
    {
        var script = Script.Established(irs, engine: new EngineOptions { QuickAcks = 3 });
        for (uint i = 0; i < 3; i++)
        {
            script.Inject(TcpFlags.Ack, seq: 1 + i, ack: 1, data: "a");
            script.Expect(TcpFlags.Ack, seq: 1, ack: 2 + i, length: 0);
        }

        script.Inject(TcpFlags.Ack, seq: 4, ack: 1, data: "a");
        script.ExpectNothing();
        script.PassMilliseconds(40);
        script.Expect(TcpFlags.Ack, seq: 1, ack: 5, length: 0);
    }

    [Fact]
    public void Idle_time_restores_quick_ACKs()
    {
        var script = Script.Established(uint.MaxValue, engine: new EngineOptions { QuickAcks = 1 });
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "a");
        script.Expect(TcpFlags.Ack, ack: 2);
        script.PassMilliseconds(3000);
        script.Inject(TcpFlags.Ack, seq: 2, ack: 1, data: "a");
        script.Expect(TcpFlags.Ack, ack: 3);
    }

    [Fact]
    public void Sent_data_ends_quick_ACKs()
    {
        var script = Script.Established(uint.MaxValue, engine: new EngineOptions { QuickAcks = 16 });
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "a");
        script.Expect(TcpFlags.Ack, ack: 2);
        script.Send("b");
        script.Expect(TcpFlags.Ack, data: "b");
        script.Inject(TcpFlags.Ack, seq: 2, ack: 2, data: "a");
        script.ExpectNothing();
    }

    [Fact]
    public void Quick_ACKs_are_off_by_default()
    {
        var script = new Script();
        script.Accept();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "a");
        script.ExpectNothing();
    }
}
