using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <content>What the loop and the connection do to its sending half.</content>
internal sealed partial class ConnectionWriter
{
    /// <summary>True when nobody writes any more.</summary>
    internal bool IsCompleted
    {
        get
        {
            lock (this)
                return View.IsCompleted;
        }
    }

    /// <summary>Nothing more is written; what has been, flushed or not, goes to the outbox. True the first time.</summary>
    /// <param name="isBufferInUse">True when the application may still be writing into memory that it got.</param>
    /// <param name="end">What a flush that waits is to report; null lets it wait on.</param>
    internal bool Close(bool isBufferInUse, CloseReason? end)
    {
        bool isFirst, isWhole = true;
        SingleWait? ended;
        lock (this)
        {
            isFirst = !View.IsCompleted;
            State.IsCompleted = true;
            if (isFirst)
                State.Queued += isBufferInUse ? State.Buffer.CopyTo(ref State.Outbox, _pump.Pool, out isWhole) : State.Buffer.MoveTo(ref State.Outbox);
            DropIfEnded();
            State.End ??= end;
            ended = EndWait();
        }

        ended?.Complete();
        // FIN after less than was written would look like the end.
        if (!isWhole)
            _pump.Request(ConnectionRequests.AbortForMemory);
        return isFirst;
    }

    /// <summary>Loop: what waits to be handed to the engine; with a reason, nothing can be written after it any more.</summary>
    internal (Block? Chain, bool IsUrgent) DequeueOutbox(CloseReason? end = null)
    {
        bool isUrgent;
        SingleWait? ended;
        Block? chain;
        lock (this)
        {
            if (_state is null && end is null)
                return default;
            chain = State.Outbox.Detach();
            isUrgent = View.IsUrgent;
            State.IsUrgent = false;
            State.End ??= end;
            ended = EndWait();
        }

        ended?.Complete();
        return (chain, isUrgent);
    }

    /// <summary>Loop: text that goes before all that is written, counted as if it had been.</summary>
    internal Block? CopyFirst(ReadOnlySpan<byte> data)
    {
        var buffer = default(WriteBuffer);
        var chain = default(Buffers.BlockChain);
        // Without memory the SYN goes without data, or with some of it; what is lacking ends the connection.
        if (!buffer.TryWrite(data, _pump.Pool, mayUseReserve: true))
            _pump.Request(ConnectionRequests.AbortForMemory);
        lock (this)
            State.Queued += buffer.MoveTo(ref chain);
        return chain.Detach();
    }

    /// <summary>Loop: the peer has acknowledged octets, and the send buffer has grown to its size now, or has not grown.</summary>
    internal void Acknowledge(int octets, int sendBufferSize)
    {
        SingleWait? ended;
        lock (this)
        {
            State.Queued -= octets;
            _limit = Math.Max(_limit, sendBufferSize);
            ended = EndWait();
        }

        ended?.Complete();
    }

    /// <summary>Loop: nothing can be sent any more. What is written from now on goes nowhere.</summary>
    internal void End(CloseReason reason)
    {
        SingleWait? ended;
        lock (this)
        {
            State.End ??= reason;
            DropIfEnded();
            ended = EndWait();
        }

        ended?.Complete();
        if (_pump.Pool.Budget.HasWaiters)
            _pump.Pool.Budget.WakeWaiters();
    }

    /// <summary>Loop: the connection is idle. Gives the state back when there is nothing in it.</summary>
    internal void Park()
    {
        lock (this)
            _pump.Loop.WriteStates.TryReturn(ref _state);
    }

    private void DropIfEnded()
    {
        if (View.End is not null)
            Block.ReleaseChain(State.Outbox.Detach());
    }

    /// <summary>Lets go on whoever can. Returns the wait that the caller has to complete, outside the lock.</summary>
    private SingleWait? EndWait()
    {
        if (View.Blocked > 0)
            Monitor.PulseAll(this);
        return CanResume && View.Wait is not null && View.Wait.TryEnd() ? View.Wait : null;
    }
}
