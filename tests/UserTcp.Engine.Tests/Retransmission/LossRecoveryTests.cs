using UserTcp.Engine.Congestion;
using UserTcp.Engine.Diagnostics;
using UserTcp.Engine.Loss;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Retransmission;

/// <summary>What only a very long life shows.</summary>
public class LossRecoveryTests
{
    [Theory]
    [InlineData(int.MaxValue - 3u)]
    [InlineData(uint.MaxValue - 3)]
    [Trait("RFC", "6582 section 3.2")]
    public void Fast_retransmit_works_after_any_amount_of_text_without_loss(uint iss)
    {
        const int Step = 1 << 29;
        var congestion = new NewReno();
        congestion.Begin(1460, false);
        var loss = default(LossRecovery);
        var snd = new SendSequence { Iss = new SeqNum(iss), Una = new SeqNum(iss) + 1, Nxt = new SeqNum(iss) + 1, Mss = 1460 };
        loss.Begin(snd.Iss);
        for (var i = 0; i < 9; i++)
        {
            snd.Nxt += Step;
            snd.Una = snd.Nxt;
            loss.OnAcknowledged(ref snd, congestion, Step, true, default);
            snd.Nxt += 14_600;
            Assert.Equal(SegmentReason.None, loss.OnDuplicateAck(ref snd, congestion, default));
            Assert.Equal(SegmentReason.None, loss.OnDuplicateAck(ref snd, congestion, default));
            var probe = loss;
            Assert.Equal(SegmentReason.FastRetransmit, probe.OnDuplicateAck(ref snd, congestion, default));
        }
    }
}
