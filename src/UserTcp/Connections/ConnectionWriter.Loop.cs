using UserTcp.Engine.Buffers;
using UserTcp.Errors;

namespace UserTcp.Connections;

/// <content>The part of the sending half that the loop and the connection call.</content>
internal sealed partial class ConnectionWriter
{
    /// <summary>True when writing is over.</summary>
    internal bool IsCompleted
    {
        get
        {
            lock (this)
                return View.IsCompleted;
        }
    }

    /// <summary>
    /// Writing is over; everything written, flushed or not, moves to the outbox. True the first time.
    /// </summary>
    /// <param name="isBufferInUse">True when the application may still be writing into memory that it got.</param>
    /// <param name="end">What a waiting flush reports; null lets it wait on.</param>
    internal bool Close(bool isBufferInUse, CloseReason? end)
    {
        bool isFirst, isWhole = true;
        SingleWait? ended;
        lock (this)
        {
            var state = EnsureState();
            isFirst = !state.IsCompleted;
            state.IsCompleted = true;
            if (isFirst)
            {
                state.Queued += isBufferInUse
                    ? state.Buffer.CopyTo(ref state.Outbox, _pump.Pool, out isWhole)
                    : state.Buffer.MoveTo(ref state.Outbox);
            }

            DropIfEnded();
            state.End ??= end;
            ended = EndWait();
        }

        ended?.Complete();
        // Without the RST, a FIN after incomplete data would look like the end.
        if (!isWhole)
            _pump.Request(ConnectionRequests.AbortForMemory);
        return isFirst;
    }

    /// <summary>Loop: dequeues what the engine is to send; a reason ends writing.</summary>
    internal (Block? Chain, bool IsUrgent) DequeueOutbox(CloseReason? end = null)
    {
        bool isUrgent;
        SingleWait? ended;
        Block? chain;
        lock (this)
        {
            if (_state is null && end is null)
                return default;
            var state = EnsureState();
            chain = state.Outbox.Detach();
            isUrgent = state.IsUrgent;
            state.IsUrgent = false;
            state.End ??= end;
            ended = EndWait();
        }

        ended?.Complete();
        return (chain, isUrgent);
    }

    /// <summary>Loop: copies data that goes before everything written, and counts it as queued.</summary>
    internal Block? CopyFirst(ReadOnlySpan<byte> data)
    {
        var buffer = default(WriteBuffer);
        var chain = default(Buffers.BlockChain);
        // Without memory the SYN carries some of the data or none, and the connection is reset.
        if (!buffer.TryWrite(data, _pump.Pool, mayUseReserve: true))
            _pump.Request(ConnectionRequests.AbortForMemory);
        lock (this)
            EnsureState().Queued += buffer.MoveTo(ref chain);
        return chain.Detach();
    }

    /// <summary>
    /// Loop: the peer has acknowledged bytes; <paramref name="sendBufferSize"/> is the size of the send buffer now.
    /// </summary>
    internal void Acknowledge(int bytes, int sendBufferSize)
    {
        SingleWait? ended;
        lock (this)
        {
            EnsureState().Queued -= bytes;
            _limit = Math.Max(_limit, sendBufferSize);
            ended = EndWait();
        }

        ended?.Complete();
    }

    /// <summary>Sending is over: what is written from now on is dropped. Any thread.</summary>
    internal void End(CloseReason reason)
    {
        SingleWait? ended;
        lock (this)
        {
            EnsureState().End ??= reason;
            DropIfEnded();
            ended = EndWait();
        }

        ended?.Complete();
        if (_pump.Pool.Budget.HasWaiters)
            _pump.Pool.Budget.WakeWaiters();
    }

    /// <summary>Loop: the connection is idle. Returns the state when there is nothing in it.</summary>
    internal void Park()
    {
        lock (this)
            _pump.Home.WriteStates.TryReturn(ref _state);
    }

    private void DropIfEnded()
    {
        if (View.End is not null)
            Block.ReleaseChain(EnsureState().Outbox.Detach());
    }

    /// <summary>
    /// Under the lock: ends the waits that can end. Returns the one that the caller has to complete, outside the lock.
    /// </summary>
    private SingleWait? EndWait()
    {
        if (View.Blocked > 0)
            Monitor.PulseAll(this);
        // A write of the stream ends with writing; a flush of the pipe waits for what is queued.
        var isOver = CanResume || (View.IsCompleted && View.Turns.IsTaken);
        return isOver && View.Wait is not null && View.Wait.TryEnd() ? View.Wait : null;
    }
}
