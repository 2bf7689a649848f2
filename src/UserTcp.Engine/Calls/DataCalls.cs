using System.Runtime.CompilerServices;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Calls;

/// <summary>SEND and RECEIVE (RFC 9293 sections 3.10.2 and 3.10.3).</summary>
internal static class DataCalls
{
    /// <summary>Takes <paramref name="chain"/> over, which is null from then on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Send(Tcb tcb, ref Block? chain)
    {
        var first = chain;
        if (!tcb.IsLive || tcb.FinQueued)
        {
            chain = null;
            Block.ReleaseChain(first);
            return false;
        }

        chain = null;
        tcb.SendQueue.Append(first);
        return true;
    }

    public static void SetUrgent(Tcb tcb)
    {
        if (!tcb.IsLive || tcb.SendQueue.Length == 0)
            return;
        tcb.Snd.Up = tcb.SendQueue.End;
        // Also into a closed window: the peer's user shall read on, that it may open (section 3.8.5).
        if (tcb.IsSynchronized && tcb.Pending.Ack == SegmentReason.None)
            tcb.Pending.Ack = SegmentReason.Urgent;
    }

    public static int DequeueAcknowledged(Tcb tcb)
    {
        var octets = tcb.AcknowledgedForUser;
        tcb.AcknowledgedForUser = 0;
        return octets;
    }

    public static Block? Receive(Tcb tcb) => tcb.ReceiveQueue.DequeueAll();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Consumed(EngineState engine, Tcb tcb, int octets, MonotonicTime now)
    {
        tcb.Rcv.Held = Math.Max(tcb.Rcv.Held - octets, 0);
        BufferGrowth.OnConsumed(engine, tcb, now);
        // A mark that has been read is none any more: 2^31 octets later it would seem to lie ahead.
        if (tcb.Rcv.Up <= tcb.Rcv.Nxt - tcb.Rcv.Held)
            tcb.Rcv.Up = null;
        if (tcb.State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
            return;
        var mss = engine.MssOfLink(tcb.Tuple.LocalAddress);
        if (tcb.Pending.Ack != SegmentReason.None || !WindowAdvertisement.IsUpdateDue(tcb.Rcv, mss, engine.WindowCeiling(tcb)))
            return;
        tcb.Pending.Ack = SegmentReason.WindowUpdate;
    }

    public static bool TryAccept(EngineState engine, Listener listener, out Tcb? connection)
    {
        while (listener.Accepted.TryDequeue(out connection))
        {
            connection.Listener = null;
            // One that was reset while it waited is none to hand out.
            if (connection.Error != EngineError.None)
            {
                Block.ReleaseChain(connection.ReceiveQueue.DequeueAll());
                continue;
            }

            engine.Events.Raise(connection, EngineEvents.None);
            return true;
        }

        return false;
    }
}
