using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>The SACK blocks of an ACK: SACK (RFC 2018) and D-SACK (RFC 2883), of a sender of data.</summary>
internal static class SackInput
{
    /// <summary>Enters the SACK blocks of an ACK into the scoreboard (RFC 2018 section 5).</summary>
    /// <returns>Bytes that a D-SACK block reports as duplicate (RFC 2883).</returns>
    public static int Apply(EngineState engine, Tcb tcb, Flight flight, in AckInfo ack, ref Delivery delivery)
    {
        var blocks = ack.Blocks;
        var duplicate = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (i == 0 && IsDuplicateSack(tcb, ack, blocks))
            {
                duplicate = (int)block.Range.Length;
                engine.Counters.Add(Counter.DuplicatesReported);
                tcb.Loss.Reordering.OnDuplicateReported(tcb.Snd.Una, tcb.Snd.Nxt);
                flight.Spurious.OnDuplicateReported(block);
            }
            else if (!block.Range.IsEmpty && flight.Board.Outstanding.Contains(block.Range))
            {
                flight.Board.Sack(block.Left, block.Right, ref delivery);
            }
            else if (block.Right > tcb.Snd.Una)
            {
                engine.Counters.Add(Counter.SackBlocksIgnored);
            }
        }

        return duplicate;
    }

    /// <summary>
    /// RFC 2883 section 4: the first block is a D-SACK when it lies below SEG.ACK or within the second block. It cannot
    /// be about data that was never sent.
    /// </summary>
    private static bool IsDuplicateSack(Tcb tcb, in AckInfo ack, in SackBlocks blocks)
    {
        var sent = (uint)Math.Min(tcb.DataAcknowledged + tcb.Snd.FlightSize, int.MaxValue);
        var history = new SeqRange(tcb.Snd.Nxt - sent, sent);
        var first = blocks[0].Range;
        if (first.IsEmpty || !history.Contains(first))
            return false;
        if (SeqRange.Between(history.Start, ack.Ack).Contains(first))
            return true;
        return blocks.Count > 1 && history.Contains(blocks[1].Range) && blocks[1].Range.Contains(first);
    }
}
