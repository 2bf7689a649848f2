using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.LinuxAlike;

/// <summary>ACKs that are not held back while the peer is in slow start.</summary>
public class QuickAckTests
{
    [Theory]
    [InlineData(0x7FFF_FFFDu)]
    [InlineData(0xFFFF_FFFDu)]
    public void As_many_as_the_options_say_are_sent_at_once(uint irs)
    {
        var script = Accepted(irs, quickAcks: 3);
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
    public void After_silence_there_are_as_many_again()
    {
        var script = Accepted(uint.MaxValue, quickAcks: 1);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "a");
        script.Expect(TcpFlags.Ack, ack: 2);
        script.PassMilliseconds(3000);
        script.Inject(TcpFlags.Ack, seq: 2, ack: 1, data: "a");
        script.Expect(TcpFlags.Ack, ack: 3);
    }

    [Fact]
    public void A_reply_ends_them()
    {
        var script = Accepted(uint.MaxValue, quickAcks: 16);
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "a");
        script.Expect(TcpFlags.Ack, ack: 2);
        script.Send("b");
        script.Expect(TcpFlags.Ack, data: "b");
        script.Inject(TcpFlags.Ack, seq: 2, ack: 2, data: "a");
        script.ExpectNothing();
    }

    [Fact]
    public void None_is_the_default()
    {
        var script = new Script();
        script.Accept();
        script.Inject(TcpFlags.Ack, seq: 1, ack: 1, data: "a");
        script.ExpectNothing();
    }

    private static Script Accepted(uint irs, int quickAcks)
    {
        var script = new Script(new EngineOptions { QuickAcks = quickAcks }, irs);
        script.Accept();
        return script;
    }
}
