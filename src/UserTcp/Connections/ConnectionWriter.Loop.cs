using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <content>What the loop and the connection do to its sending half.</content>
internal sealed partial class ConnectionWriter
{
    /// <summary>Nothing more is written; what has been, flushed or not, goes to the outbox. True the first time.</summary>
    /// <param name="isBufferInUse">True when the application may still be writing into memory that it got.</param>
    /// <param name="end">What a flush that waits is to report; null lets it wait on.</param>
    internal bool Close(bool isBufferInUse, CloseReason? end)
    {
        bool isFirst, wake;
        lock (_buffer)
        {
            isFirst = !_isCompleted;
            _isCompleted = true;
            if (isFirst)
                _queued += isBufferInUse ? _buffer.CopyTo(ref _outbox, _pump.Pool) : _buffer.MoveTo(ref _outbox);
            DropIfEnded();
            _end ??= end;
            wake = TryEndWait();
        }

        if (wake)
            _wait.Complete();
        return isFirst;
    }

    /// <summary>Loop: what waits to be handed to the engine; with a reason, nothing can be written after it any more.</summary>
    internal (Block? Chain, bool IsUrgent) TakeOutbox(CloseReason? end = null)
    {
        bool wake, isUrgent;
        Block? chain;
        lock (_buffer)
        {
            chain = _outbox.Take();
            isUrgent = _isUrgent;
            _isUrgent = false;
            _end ??= end;
            wake = TryEndWait();
        }

        if (wake)
            _wait.Complete();
        return (chain, isUrgent);
    }

    /// <summary>Loop: the peer has acknowledged octets.</summary>
    internal void Acknowledge(int octets)
    {
        bool wake;
        lock (_buffer)
        {
            _queued -= octets;
            wake = TryEndWait();
        }

        if (wake)
            _wait.Complete();
    }

    /// <summary>Loop: nothing can be sent any more. What is written from now on goes nowhere.</summary>
    internal void End(CloseReason reason)
    {
        bool wake;
        lock (_buffer)
        {
            _end ??= reason;
            DropIfEnded();
            wake = TryEndWait();
        }

        if (wake)
            _wait.Complete();
    }

    private void DropIfEnded()
    {
        if (_end is not null)
            Block.ReleaseChain(_outbox.Take());
    }

    /// <summary>Lets go on whoever can. True when the caller has to complete the wait, outside the lock.</summary>
    private bool TryEndWait()
    {
        if (_blocked > 0)
            Monitor.PulseAll(_buffer);
        return CanResume && _wait.TryEnd();
    }
}
