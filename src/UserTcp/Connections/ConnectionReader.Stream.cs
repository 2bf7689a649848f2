using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;

namespace UserTcp.Connections;

/// <content>
/// The part of the receiving half that the stream calls: reads copy and consume data, and wait in a task or on the
/// thread. Reads that overlap are served in turn, as a socket's are.
/// </content>
internal sealed partial class ConnectionReader
{
    /// <summary>Under the lock: a read that begins now has to wait for an earlier one.</summary>
    private bool IsBehindAnother => View.IsBlocked || _wait is { IsPending: true };

    /// <summary>Bytes that no read has taken.</summary>
    internal int Available
    {
        get
        {
            lock (this)
                return (int)Math.Min(View.Inbox.Unread, int.MaxValue);
        }
    }

    /// <summary>
    /// Reads what is there, or waits for data. 0 bytes only at the peer's FIN, or into an empty buffer.
    /// </summary>
    internal ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        var (count, error) = (0, default(Exception));
        short version = 0;
        bool isCreditDue;
        ReadWait? wait = null;
        lock (this)
        {
            ThrowIfUsedByPipe();
            SettleEnded();
            if (IsBehindAnother || !TryCopy(destination.Span, out count, out error))
                wait = BeginRead(destination, out version);
            isCreditDue = View.Inbox.IsCreditDue;
        }

        if (wait is not null)
        {
            wait.CancelOn(static (wait, token) => ((ReadWait)wait!).Cancel(token), wait, cancellationToken);
            return new ValueTask<int>(wait, version);
        }

        RequestCredit(isCreditDue);
        return error is null ? new ValueTask<int>(count) : ValueTask.FromException<int>(error);
    }

    /// <summary>As <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>, waiting on this thread.</summary>
    /// <exception cref="IOException">
    /// The timeout has passed (TimedOut), or the connection has ended without a FIN.
    /// </exception>
    internal int Read(Span<byte> destination, int millisecondsTimeout)
    {
        var started = Stopwatch.GetTimestamp();
        var (count, error) = (0, default(Exception));
        bool isBehind, isCreditDue;
        ReadWait? ended = null;
        lock (this)
        {
            ThrowIfUsedByPipe();
            SettleEnded();
            isBehind = IsBehindAnother;
            if (!isBehind)
            {
                IOException? timeout = null;
                while (timeout is null && !TryCopy(destination, out count, out error))
                    timeout = WaitForChange(started, millisecondsTimeout);
                error ??= timeout;
                if (TryPromote())
                    ended = EndWaits();
            }

            isCreditDue = View.Inbox.IsCreditDue;
        }

        if (isBehind)
            return ReadBehind(destination, millisecondsTimeout);
        Complete(ended);
        RequestCredit(isCreditDue);
        return error is null ? count : throw error;
    }

    /// <summary>The result of a stream's read that has waited.</summary>
    internal int FinishRead(ReadWait wait, short token)
    {
        // Throws when it is not this read's token.
        _ = wait.GetStatus(token);
        bool isCreditDue;
        int count;
        Exception? error;
        lock (this)
        {
            if (!wait.IsSettled)
                Settle(wait);
            (count, error) = wait.TakeResult();
            isCreditDue = View.Inbox.IsCreditDue;
        }

        wait.Finish(token);
        RequestCredit(isCreditDue);
        return error is null ? count : throw error;
    }

    /// <summary>Ends a stream's read that waits; reads behind it wait on.</summary>
    internal void CancelRead(ReadWait wait, CancellationToken token)
    {
        lock (this)
        {
            if (!wait.TryEnd())
                return;
            wait.Settle(0, null);
            if (ReferenceEquals(wait, _wait))
                TryPromote();
        }

        wait.CompleteCanceled(token);
    }

    /// <summary>Reads behind another read that waits: in an array, since a span cannot wait its turn.</summary>
    private int ReadBehind(Span<byte> destination, int millisecondsTimeout)
    {
        _pump.ThrowIfOnLoop();
        var array = ArrayPool<byte>.Shared.Rent(destination.Length);
        using var timer = new CancellationTokenSource(millisecondsTimeout);
        try
        {
            var read = ReadAsync(array.AsMemory(0, destination.Length), timer.Token).AsTask();
            var count = read.GetAwaiter().GetResult();
            array.AsSpan(0, count).CopyTo(destination);
            return count;
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested)
        {
            throw UserTcpError.ToIOException(SocketError.TimedOut);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    /// <summary>Under the lock: starts a wait, behind the reads that began before.</summary>
    private ReadWait BeginRead(Memory<byte> destination, out short version)
    {
        ReadWait wait;
        if (IsBehindAnother)
        {
            wait = new ReadWait(this, _pump.InlineContinuations);
            (EnsureState().Later ??= new Queue<ReadWait>()).Enqueue(wait);
        }
        else
        {
            // The last read has its result, but nobody has fetched it, and perhaps nobody will.
            if (_wait is { IsInUse: true })
                _wait = null;
            wait = Wait;
        }

        version = wait.Begin(destination);
        return wait;
    }

    /// <summary>
    /// Under the lock: the read that waits has ended. The next one in turn waits now; false when there is none.
    /// </summary>
    private bool TryPromote()
    {
        SettleEnded();
        while (_state?.Later is { } later && later.TryDequeue(out var next))
        {
            // One that was cancelled is still in the queue.
            if (!next.IsPending)
                continue;
            _wait = next;
            return true;
        }

        return false;
    }

    /// <summary>
    /// Under the lock: gives the last read its data if it has ended and has not fetched it, before another takes it.
    /// </summary>
    private void SettleEnded()
    {
        if (_wait is { IsOfStream: true, IsInUse: true, IsPending: false, IsSettled: false } wait)
            Settle(wait);
    }

    private void Settle(ReadWait wait)
    {
        TryCopy(wait.Destination.Span, out var count, out var error);
        wait.Settle(count, error);
    }

    /// <summary>
    /// Under the lock: true when the read is complete, with data or an error. False when it has to wait.
    /// </summary>
    private bool TryCopy(Span<byte> destination, out int count, out Exception? error)
    {
        count = 0;
        error = null;
        if (View.IsCancelRequested)
        {
            EnsureState().IsCancelRequested = false;
            error = new OperationCanceledException("The read was cancelled by CancelPendingRead.");
            return true;
        }

        if (View.Inbox.Unread > 0)
        {
            count = EnsureState().Inbox.CopyTo(destination);
            return true;
        }

        if (View.End is { IsOrderly: false })
            error = View.End.ToException();
        return View.End is not null;
    }

    /// <summary>
    /// Under the lock, which is released meanwhile: waits for any change. The error when the timeout has passed.
    /// </summary>
    private IOException? WaitForChange(long started, int millisecondsTimeout)
    {
        _pump.ThrowIfOnLoop();
        EnsureState().IsBlocked = true;
        var isInTime = Monitor.Wait(this, Deadline.Remaining(started, millisecondsTimeout));
        EnsureState().IsBlocked = false;
        return isInTime || IsReady ? null : UserTcpError.ToIOException(SocketError.TimedOut);
    }

    private void ThrowIfUsedByPipe()
    {
        ThrowIfCompleted();
        if (View.MustAdvance || _wait is { IsInUse: true, IsOfStream: false })
            throw new InvalidOperationException("A read of the pipe has not ended yet.");
    }
}
