using UserTcp.Engine.Contract;
using UserTcp.Engine.Recovery;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>The SACK blocks of an ACK (RFC 2018 section 5), and what they say of text that arrived twice (D-SACK, RFC 2883).</summary>
internal static class SackArrives
{
    /// <summary>Enters the blocks into the scoreboard. Says how many octets the peer has got twice.</summary>
    public static int Handle(EngineState engine, Tcb tcb, Flight flight, in AckInfo ack, ref Delivery delivery)
    {
        var blocks = ack.Blocks;
        var duplicate = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            if (i == 0 && IsDuplicate(tcb, ack, blocks))
            {
                duplicate = (int)block.Range.Length;
                HandleDuplicate(engine, tcb, flight, block);
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

    private static void HandleDuplicate(EngineState engine, Tcb tcb, Flight flight, SackBlock block)
    {
        engine.Counters.Add(Counter.DuplicatesReported);
        tcb.Loss.Reordering.OnDuplicateReported(tcb.Snd);
        flight.Spurious.OnDuplicateReported(block);
    }

    /// <summary>
    /// RFC 2883 section 4: the first block is of a duplicate when it lies below SEG.ACK, or within the second one. Nothing that was never
    /// sent, or longer ago than a window, has arrived twice.
    /// </summary>
    private static bool IsDuplicate(Tcb tcb, in AckInfo ack, in SackBlocks blocks)
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
