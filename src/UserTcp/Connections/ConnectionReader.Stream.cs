using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace UserTcp.Connections;

/// <content>
/// The part of the receiving half that the stream calls: reads copy and consume data, and wait in a task or on the
/// thread.
/// </content>
internal sealed partial class ConnectionReader : IValueTaskSource<int>
{
    /// <summary>
    /// Reads what is there, or waits for data. 0 bytes only at the peer's FIN, or into an empty buffer.
    /// </summary>
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
                version = BeginWait(destination);
        }

        if (!isDone)
        {
            _wait!.CancelOn(
                static (reader, token) => ((ConnectionReader)reader!).CancelWait(token), this, cancellationToken);
            return new ValueTask<int>(this, version);
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

        RequestCredit(isCreditDue);
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

        RequestCredit(isCreditDue);
        return count;
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _wait!.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait!.OnCompleted(continuation, state, token, flags);

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

    /// <summary>Under the lock, which is released meanwhile: waits for any change.</summary>
    private void WaitForChange(long started, int millisecondsTimeout)
    {
        _pump.ThrowIfOnLoop();
        EnsureState().IsBlocked = true;
        var isInTime = Monitor.Wait(this, Deadline.Remaining(started, millisecondsTimeout));
        EnsureState().IsBlocked = false;
        if (!isInTime && !IsReady)
            throw UserTcpError.ToIOException(SocketError.TimedOut);
    }
}
