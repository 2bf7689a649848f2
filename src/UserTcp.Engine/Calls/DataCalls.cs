using System.Runtime.CompilerServices;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Input;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Calls;

/// <summary>SEND and RECEIVE (RFC 9293 sections 3.10.2 and 3.10.3).</summary>
internal static class DataCalls
{
    /// <summary>
    /// Appends a chain of blocks to the send queue. Sets <paramref name="chain"/> to null once the engine owns it.
    /// </summary>
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
        // Also with a zero window: the peer's application shall read on, so that the window opens (section 3.8.5).
        if (tcb.IsSynchronized && tcb.Pending.Ack == SegmentReason.None)
            tcb.Pending.Ack = SegmentReason.Urgent;
    }

    public static int DequeueAcknowledged(Tcb tcb)
    {
        var bytes = tcb.AcknowledgedForUser;
        tcb.AcknowledgedForUser = 0;
        return bytes;
    }

    public static Block? Receive(Tcb tcb) => tcb.ReceiveQueue.DequeueAll();

    /// <summary>The application has consumed data that it received: the window may open.</summary>
    /// <returns>True when the peer must hear of the window at once.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Consumed(EngineState engine, Tcb tcb, int bytes, MonotonicTime now)
    {
        tcb.Rcv.Held = Math.Max(tcb.Rcv.Held - bytes, 0);
        BufferGrowth.OnConsumed(engine, tcb, now);
        // RCV.UP ends once its data is consumed: 2^31 bytes later it would compare as ahead.
        if (tcb.Rcv.Up <= tcb.Rcv.Nxt - tcb.Rcv.Held)
            tcb.Rcv.Up = null;
        // The window depends on the memory in use. The memory of a connection that has ended is not counted.
        if (tcb.IsLive)
            engine.Memory.Update(ref tcb.CountedMemory, tcb.Memory);
        if (tcb.State is not (TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2))
            return false;
        var mss = engine.MssOfLink(tcb.Tuple.LocalAddress);
        if (tcb.Pending.Ack != SegmentReason.None
            || !WindowAdvertisement.IsUpdateDue(tcb.Rcv, mss, engine.WindowCeiling(tcb)))
        {
            return false;
        }

        tcb.Pending.Ack = SegmentReason.WindowUpdate;
        return true;
    }

    public static bool TryAccept(EngineState engine, Listener listener, out Tcb? connection)
    {
        while (listener.Accepted.TryDequeue(out connection))
        {
            connection.Listener = null;
            // A connection that was reset in the accept queue is not returned.
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
