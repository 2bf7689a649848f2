using UserTcp.Engine.Contract;
using UserTcp.Engine.Tests.Kit;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Input;

/// <summary>
/// Several segments are processed before anything is sent: the second must not cancel the output of the first.
/// </summary>
public class SegmentBatchTests
{
    [Theory]
    [InlineData("4", uint.MaxValue - 3)]
    [InlineData("6", int.MaxValue - 3u)]
    [Trait("RFC9293", "MUST-13")]
    public void A_FIN_is_acknowledged_when_the_ACK_of_ours_arrives_with_it(string family, uint irs)
    {
        var script = new Script(irs: irs, family: family);
        script.Accept();
        script.Shutdown();
        script.Expect(TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);

        // Simultaneous close: the peer's FIN and then its ACK of ours arrive in one batch.
        Receive(script, TcpFlags.Fin | TcpFlags.Ack, seq: 1, ack: 1);
        Assert.Equal(TcpState.Closing, script.State);
        Receive(script, TcpFlags.Ack, seq: 2, ack: 2);
        Assert.Equal(TcpState.TimeWait, script.State);

        script.Expect(TcpFlags.Ack, seq: 2, ack: 2);
        script.ExpectNothing();
    }

    private static void Receive(Script script, TcpFlags flags, uint seq, uint ack)
    {
        var header = new TcpHeader(
            script.PeerPort, script.HostPort, script.Irs + seq, script.Iss + ack, flags, 65_535, 0);
        script.Host.Receive(Frames.Tcp(script.Peer, script.Host.Address, header, default, []), script.Now);
    }
}
