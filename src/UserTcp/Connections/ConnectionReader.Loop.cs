using UserTcp.Engine.Buffers;
using UserTcp.Errors;

namespace UserTcp.Connections;

/// <content>The part of the receiving half that the loop and the connection call.</content>
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

    /// <summary>True when reading is over.</summary>
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
    /// The application will not read any more. Unread data is dropped without credit, so that the engine knows that it
    /// was not read. True the first time.
    /// </summary>
    /// <param name="isDataInUse">
    /// True when the application may still be looking at data that it got: the connection is disposed of, and the
    /// reader not completed.
    /// </param>
    internal bool Close(bool isDataInUse)
    {
        ReadWait? ended;
        lock (this)
        {
            if (View.IsCompleted)
                return false;
            var state = EnsureState();
            state.IsCompleted = true;
            state.IsDisposed = isDataInUse;
            // Also after FIN: data before it was not read, and reading on must not look like the end.
            if (state.End is not { IsOrderly: false })
                state.End = CloseReason.Disposed;
            SettleEnded();
            var chain = state.Inbox.Detach();
            if (isDataInUse && state.IsExposed)
                _pump.Pool.Abandon(chain);
            else
                Block.ReleaseChain(chain);
            ended = EndWaits();
        }

        Complete(ended);
        return true;
    }

    /// <summary>
    /// Loop: data has arrived, or the end, or both; <paramref name="receiveBufferSize"/> is the new size of the receive
    /// buffer, if given. Returns the bytes by which the window may open.
    /// </summary>
    internal int Deliver(Block? data, CloseReason? end, int? receiveBufferSize = null)
    {
        ReadWait? ended;
        int credit;
        lock (this)
        {
            var state = EnsureState();
            if (state.IsCompleted)
                Block.ReleaseChain(data);
            else
                state.Inbox.Append(data);
            if (receiveBufferSize is { } bytes)
                state.Inbox.SetBufferSize(bytes);
            state.End ??= end;
            ended = EndWaits();
            credit = state.Inbox.CollectCredit();
        }

        Complete(ended);
        return credit;
    }

    /// <summary>Loop: collects the bytes by which the window may open.</summary>
    internal int CollectCredit()
    {
        lock (this)
            return _state?.Inbox.CollectCredit() ?? 0;
    }

    /// <summary>Loop: the connection is idle. Returns the state when there is nothing in it.</summary>
    internal void Park()
    {
        lock (this)
            _pump.Home.ReadStates.TryReturn(ref _state);
    }

    /// <summary>
    /// Under the lock: ends the waits that can end, in turn. Returns the first of those that the caller has to
    /// complete, outside the lock (<see cref="Complete(ReadWait?)"/>).
    /// </summary>
    private ReadWait? EndWaits()
    {
        if (View.IsBlocked)
            Monitor.PulseAll(this);
        ReadWait? first = null, last = null;
        while (IsReady && _wait is { } wait && wait.TryEnd())
        {
            if (last is null)
                first = wait;
            else
                last.NextEnded = wait;
            last = wait;
            if (!TryPromote())
                break;
        }

        return first;
    }

    /// <summary>Completes waits that have ended. Not under the lock: it may run continuations.</summary>
    private static void Complete(ReadWait? first)
    {
        for (var (wait, next) = (first, first?.NextEnded); wait is not null; (wait, next) = (next, next?.NextEnded))
        {
            // The wait may be used again at once.
            wait.NextEnded = null;
            wait.Complete();
        }
    }
}
