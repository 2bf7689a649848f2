using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Retransmission;

/// <summary>What only a very long life shows.</summary>
public class LossRecoveryTests
{
    private const int Step = 1 << 29;
    private const int Rest = 14_600;

    [Theory]
    [InlineData(int.MaxValue - 3u)]
    [InlineData(uint.MaxValue - 3)]
    [Trait("RFC", "6582 section 3.2")]
    public void Fast_retransmit_works_after_any_amount_of_text_without_loss(uint iss)
    {
        var script = Isn.AcceptedNoDelay(iss: iss);
        var tcb = script.Connection;
        var engine = script.Engine.State;
        Send(Rest);
        for (var i = 0; i < 9; i++)
        {
            // Something is in flight all the time.
            Send(Step);
            tcb.Snd.Una += Step;
            LossRecovery.OnAck(engine, tcb, new AckInfo { ExpectedSamples = 1, Ack = tcb.Snd.Una, Acknowledged = Step });
            Duplicate();
            Duplicate();
            Assert.Equal(RecoveryState.Open, tcb.Loss.State);
        }

        Duplicate();
        Assert.Equal(RecoveryState.Recovery, tcb.Loss.State);

        void Send(int octets)
        {
            LossRecovery.OnSent(engine, tcb, tcb.Snd.Nxt, octets, isRetransmission: false, script.Now);
            tcb.Snd.Nxt += octets;
        }

        void Duplicate() => LossRecovery.OnAck(engine, tcb, new AckInfo { ExpectedSamples = 1, Ack = tcb.Snd.Una, IsDuplicate = true });
    }
}
