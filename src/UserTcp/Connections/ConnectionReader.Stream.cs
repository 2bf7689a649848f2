using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace UserTcp.Connections;

/// <content>The stream's face: text is copied out and consumed in one go, or waited for by a task or a thread.</content>
internal sealed partial class ConnectionReader : IValueTaskSource<int>
{
    /// <summary>Reads what is there, or waits for it. 0 octets only at the peer's FIN, or into no memory.</summary>
    internal ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        short version = 0;
        bool isDone, isCreditDue;
        int count;
        Exception? error;
        lock (this)
        {
            ThrowIfNotReadable();
            isDone = TryCopy(destination.Span, out count, out error);
            isCreditDue = View.Inbox.IsCreditDue;
            if (!isDone)
            {
                version = BeginWait(destination);
            }
        }

        if (!isDone)
        {
            _wait!.CancelOn(static (reader, token) => ((ConnectionReader)reader!).CancelWait(token), this, cancellationToken);
            return new ValueTask<int>(this, version);
        }

        GiveCredit(isCreditDue);
        return error is null ? new ValueTask<int>(count) : ValueTask.FromException<int>(error);
    }

    /// <summary>As <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>, waiting on this thread.</summary>
    /// <exception cref="IOException">The timeout has passed (TimedOut), or the connection has ended otherwise than by FIN.</exception>
    internal int Read(Span<byte> destination, int millisecondsTimeout)
    {
        var started = Stopwatch.GetTimestamp();
        bool isCreditDue;
        int count;
        lock (this)
        {
            ThrowIfNotReadable();
            Exception? error;
            while (!TryCopy(destination, out count, out error))
                WaitForChange(started, millisecondsTimeout);
            if (error is not null)
                throw error;
            isCreditDue = View.Inbox.IsCreditDue;
        }

        GiveCredit(isCreditDue);
        return count;
    }

    /// <inheritdoc/>
    int IValueTaskSource<int>.GetResult(short token)
    {
        var destination = _wait!.Destination;
        _wait.Destination = default;
        _wait.Finish(token);
        bool isCreditDue;
        int count;
        lock (this)
        {
            TryCopy(destination.Span, out count, out var error);
            if (error is not null)
                throw error;
            isCreditDue = View.Inbox.IsCreditDue;
        }

        GiveCredit(isCreditDue);
        return count;
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _wait!.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait!.OnCompleted(continuation, state, token, flags);

    /// <summary>Under the lock: true when the read is over, with octets or an error. False when it has to wait.</summary>
    private bool TryCopy(Span<byte> destination, out int count, out Exception? error)
    {
        count = 0;
        error = null;
        if (View.IsCancelRequested)
        {
            State.IsCancelRequested = false;
            error = new OperationCanceledException("The read was cancelled by CancelPendingRead.");
            return true;
        }

        if (View.Inbox.Unread > 0)
        {
            count = State.Inbox.CopyTo(destination);
            return true;
        }

        if (View.End is { IsOrderly: false })
            error = View.End.ToException();
        return View.End is not null;
    }

    /// <summary>Under the lock, which is let go meanwhile: waits for anything to change.</summary>
    private void WaitForChange(long started, int millisecondsTimeout)
    {
        _pump.ThrowIfOnLoop();
        State.IsBlocked = true;
        var isInTime = Monitor.Wait(this, Deadline.Remaining(started, millisecondsTimeout));
        State.IsBlocked = false;
        if (!isInTime && !IsReady)
            throw UserTcpError.ToIOException(SocketError.TimedOut);
    }
}
