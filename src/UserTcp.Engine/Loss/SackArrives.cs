using UserTcp.Engine.Diagnostics;
using UserTcp.Wire;

namespace UserTcp.Engine.Loss;

/// <summary>The SACK blocks of an ACK (RFC 2018 section 5), and what they say of text that arrived twice (D-SACK, RFC 2883).</summary>
internal sealed class SackArrives(EngineCore core)
{
    /// <summary>Enters the blocks into the scoreboard. Says how many octets the peer has got twice.</summary>
    public int Take(Tcb tcb, Flight flight, in AckFacts ack, ref Delivery delivery)
    {
        var blocks = ack.Blocks;
        var duplicate = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (i == 0 && IsDuplicate(tcb, ack, blocks))
            {
                duplicate = block.Right - block.Left;
                TakeDuplicate(tcb, flight, block);
            }
            else if (block.Left < block.Right && block.Left >= tcb.Snd.Una && block.Right <= flight.Board.End)
            {
                flight.Board.Sack(block.Left, block.Right, ref delivery);
            }
            else if (block.Right > tcb.Snd.Una)
            {
                core.Counters.Add(Counter.SackBlocksIgnored);
            }
        }

        return duplicate;
    }

    private void TakeDuplicate(Tcb tcb, Flight flight, SackBlock block)
    {
        core.Counters.Add(Counter.DuplicatesReported);
        tcb.Loss.Reordering.OnDuplicateReported(tcb.Snd);
        flight.Spurious.OnDuplicateReported(block);
    }

    /// <summary>
    /// RFC 2883 section 4: the first block is of a duplicate when it lies below SEG.ACK, or within the second one. Nothing that was never
    /// sent, or longer ago than a window, has arrived twice.
    /// </summary>
    private static bool IsDuplicate(Tcb tcb, in AckFacts ack, in SackBlocks blocks)
    {
        var first = blocks[0];
        if (first.Left >= first.Right || first.Right > tcb.Snd.Nxt || first.Right - first.Left > tcb.TextAcknowledged + tcb.Snd.FlightSize)
            return false;
        if (first.Right <= ack.Ack)
            return true;
        return blocks.Count > 1 && first.Left >= blocks[1].Left && first.Right <= blocks[1].Right;
    }
}
