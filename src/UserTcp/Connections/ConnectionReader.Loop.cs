using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <content>What the loop and the connection do to its receiving half.</content>
internal sealed partial class ConnectionReader
{
    /// <summary>True while a thread waits in a read.</summary>
    internal bool IsBlocked
    {
        get
        {
            lock (this)
                return View.IsBlocked;
        }
    }

    /// <summary>True when nobody reads any more.</summary>
    internal bool IsCompleted
    {
        get
        {
            lock (this)
                return View.IsCompleted;
        }
    }

    /// <summary>True while an asynchronous read waits.</summary>
    internal bool IsWaiting
    {
        get
        {
            lock (this)
                return _wait is { IsPending: true };
        }
    }

    /// <summary>
    /// The user will not read any more. Unread text is dropped, and not credited: the engine has to know that it was not read.
    /// True the first time.
    /// </summary>
    /// <param name="isDataInUse">
    /// True when somebody may still be looking at text that was handed out: the connection is disposed of, and the reader not completed.
    /// </param>
    internal bool Close(bool isDataInUse)
    {
        ReadWait? ended;
        lock (this)
        {
            if (View.IsCompleted)
                return false;
            State.IsCompleted = true;
            State.IsDisposed = isDataInUse;
            // Also after FIN: what was not read before it is lost, and must not look like the end.
            if (View.End is not { IsOrderly: false })
                State.End = CloseReason.Disposed;
            var chain = State.Inbox.Detach();
            if (isDataInUse && View.IsExposed)
                _pump.Pool.Abandon(chain);
            else
                Block.ReleaseChain(chain);
            ended = EndWait();
        }

        ended?.Complete();
        return true;
    }

    /// <summary>
    /// Loop: text has arrived, and after it perhaps the end; the receive buffer has its size by now, if one is given. Returns the octets
    /// that the window may open by.
    /// </summary>
    internal int Deliver(Block? data, CloseReason? end, int? receiveBufferSize = null)
    {
        ReadWait? ended;
        int credit;
        lock (this)
        {
            if (View.IsCompleted)
                Block.ReleaseChain(data);
            else
                State.Inbox.Append(data);
            if (receiveBufferSize is { } octets)
                State.Inbox.SetBufferSize(octets);
            State.End ??= end;
            ended = EndWait();
            credit = State.Inbox.CollectCredit();
        }

        ended?.Complete();
        return credit;
    }

    /// <summary>Loop: the octets that the window may open by.</summary>
    internal int CollectCredit()
    {
        lock (this)
            return _state?.Inbox.CollectCredit() ?? 0;
    }

    /// <summary>Loop: the connection is idle. Gives the state back when there is nothing in it.</summary>
    internal void Park()
    {
        lock (this)
            _pump.Loop.ReadStates.TryReturn(ref _state);
    }

    /// <summary>Lets go on whoever can. Returns the wait that the caller has to complete, outside the lock.</summary>
    private ReadWait? EndWait()
    {
        if (View.IsBlocked)
            Monitor.PulseAll(this);
        return IsReady && _wait is not null && _wait.TryEnd() ? _wait : null;
    }
}
