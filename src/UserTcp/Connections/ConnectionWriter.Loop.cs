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
                return _isCompleted;
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
            isFirst = !_isCompleted;
            _isCompleted = true;
            if (isFirst)
                _queued += isBufferInUse ? _buffer.CopyTo(ref _outbox, _pump.Pool, out isWhole) : _buffer.MoveTo(ref _outbox);
            DropIfEnded();
            _end ??= end;
            ended = EndWait();
        }

        ended?.Complete();
        // FIN after less than was written would look like the end.
        if (!isWhole)
            _pump.Request(ConnectionRequests.AbortForMemory);
        return isFirst;
    }

    /// <summary>Loop: what waits to be handed to the engine; with a reason, nothing can be written after it any more.</summary>
    internal (Block? Chain, bool IsUrgent) TakeOutbox(CloseReason? end = null)
    {
        bool isUrgent;
        SingleWait? ended;
        Block? chain;
        lock (this)
        {
            chain = _outbox.Take();
            isUrgent = _isUrgent;
            _isUrgent = false;
            _end ??= end;
            ended = EndWait();
        }

        ended?.Complete();
        return (chain, isUrgent);
    }

    /// <summary>Loop: text that goes before all that is written, counted as if it had been.</summary>
    internal Block? CopyFirst(ReadOnlySpan<byte> text)
    {
        var buffer = default(WriteBuffer);
        var chain = default(Buffers.BlockChain);
        // Without memory the SYN goes without data, or with some of it; what is lacking ends the connection.
        if (!buffer.TryWrite(text, _pump.Pool, mayUseReserve: true))
            _pump.Request(ConnectionRequests.AbortForMemory);
        lock (this)
            _queued += buffer.MoveTo(ref chain);
        return chain.Take();
    }

    /// <summary>Loop: the peer has acknowledged octets, and the send buffer has grown to its size now, or has not grown.</summary>
    internal void Acknowledge(int octets, int sendBufferSize)
    {
        SingleWait? ended;
        lock (this)
        {
            _queued -= octets;
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
            _end ??= reason;
            DropIfEnded();
            ended = EndWait();
        }

        ended?.Complete();
        if (_pump.Pool.Budget.HasWaiters)
            _pump.Pool.Budget.WakeWaiters();
    }

    private void DropIfEnded()
    {
        if (_end is not null)
            Block.ReleaseChain(_outbox.Take());
    }

    /// <summary>Lets go on whoever can. Returns the wait that the caller has to complete, outside the lock.</summary>
    private SingleWait? EndWait()
    {
        if (_blocked > 0)
            Monitor.PulseAll(this);
        return CanResume && _wait is not null && _wait.TryEnd() ? _wait : null;
    }
}
