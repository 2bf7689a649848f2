using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.Tests.Kit;

namespace UserTcp.Engine.Tests.Recovery;

/// <summary>Connections that pass half the sequence space without a loss.</summary>
public class LongConnectionTests
{
    private const int Step = 1 << 29;
    private const int Remainder = 14_600;

    [Theory]
    [InlineData(int.MaxValue - 3u)]
    [InlineData(uint.MaxValue - 3)]
    [Trait("RFC", "6582 section 3.2")]
    public void Fast_retransmit_works_after_any_amount_of_data_without_loss(uint iss)
    {
        var script = Script.Established(iss: iss, noDelay: true);
        var tcb = script.Connection;
        var engine = script.Engine.State;
        Send(Remainder);
        for (var i = 0; i < 9; i++)
        {
            // Data is in flight all the time.
            Send(Step);
            tcb.Snd.Una += Step;
            LossRecovery.OnAck(
                engine, tcb, new AckInfo { ExpectedSamples = 1, Ack = tcb.Snd.Una, Acknowledged = Step });
            Duplicate();
            Duplicate();
            Assert.Equal(RecoveryState.Open, tcb.Loss.State);
        }

        Duplicate();
        Assert.Equal(RecoveryState.Recovery, tcb.Loss.State);

        void Send(int bytes)
        {
            LossRecovery.OnSent(engine, tcb, tcb.Snd.Nxt, bytes, isRetransmission: false, script.Now);
            tcb.Snd.Nxt += bytes;
        }

        void Duplicate() =>
            LossRecovery.OnAck(engine, tcb, new AckInfo { ExpectedSamples = 1, Ack = tcb.Snd.Una, IsDuplicate = true });
    }
}
