using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using UserTcp.Errors;

namespace UserTcp.Connections;

/// <content>
/// The part of the sending half that the stream calls: writes copy and flush, and errors are exceptions.
/// </content>
internal sealed partial class ConnectionWriter : IValueTaskSource
{
    /// <summary>Copies bytes in and flushes; completes when the send buffer has room again.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="cancellationToken">Ends the wait; bytes copied in stay queued.</param>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (source.Length > PieceSize)
            return SendPiecewiseAsync(source, cancellationToken);
        return SendPieceAsync(source, default, cancellationToken);
    }

    /// <summary>The same for pinned data, which is not copied.</summary>
    internal ValueTask SendAsync(PinnedPiece data, CancellationToken cancellationToken) =>
        data.Length > PieceSize
            ? SendPiecewiseAsync(data, cancellationToken)
            : SendPieceAsync(default, data, cancellationToken);

    private ValueTask SendPieceAsync(
        ReadOnlyMemory<byte> source, PinnedPiece data, CancellationToken cancellationToken) =>
        !source.IsEmpty && IsOutOfMemory
            ? SendWithMemoryAsync(source, data, cancellationToken)
            : SendPieceNowAsync(source, data, cancellationToken);

    private ValueTask SendPieceNowAsync(
        ReadOnlyMemory<byte> source, PinnedPiece data, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        short version = 0;
        bool isWritten, isTransmitDue = false, isReady = false;
        Exception? error;
        lock (this)
        {
            error = ErrorBeforeWrite();
            if (error is not null)
                return ValueTask.FromException(error);
            ThrowIfFlushing();
            isWritten = EnsureState().Buffer.TryWrite(source.Span, _pump.Pool, MayUseReserve);
            if (isWritten)
            {
                if (data.Length > 0)
                    EnsureState().Buffer.Append(data.Show());
                isTransmitDue = MoveToOutbox();
                isReady = IsReady;
                if (isReady)
                    error = FinishWrite();
                else
                    version = BeginWait();
            }
        }

        if (!isWritten)
            return ValueTask.FromException(EndForMemory());
        RequestTransmit(isTransmitDue);
        if (isReady)
            return error is null ? ValueTask.CompletedTask : ValueTask.FromException(error);
        View.Wait!.CancelOn(
            static (writer, token) => ((ConnectionWriter)writer!).CancelWait(token), this, cancellationToken);
        return new ValueTask(this, version);
    }

    /// <summary>
    /// Copies urgent data in without waiting for room: urgent data is for when the send buffer is full and the peer's
    /// window closed. Another write may therefore be waiting, and may end at any time, so that unflushed data is not
    /// touched here.
    /// </summary>
    internal ValueTask SendUrgentAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        bool isWritten, isTransmitDue;
        lock (this)
        {
            if (ErrorBeforeWrite() is { } error)
                return ValueTask.FromException(error);
            var written = default(WriteBuffer);
            isWritten = written.TryWrite(source.Span, _pump.Pool, MayUseReserve);
            EnsureState().IsUrgent |= !source.IsEmpty;
            isTransmitDue = Enqueue(ref written);
        }

        if (!isWritten)
            return ValueTask.FromException(EndForMemory());
        RequestTransmit(isTransmitDue);
        return ValueTask.CompletedTask;
    }

    /// <summary>As <see cref="SendAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, waiting on this thread.</summary>
    /// <exception cref="IOException">The timeout has passed (TimedOut), or nothing can be sent any more.</exception>
    internal void Send(ReadOnlySpan<byte> source, int millisecondsTimeout)
    {
        do
        {
            var piece = source[..Math.Min(source.Length, PieceSize)];
            SendPiece(piece, millisecondsTimeout);
            source = source[piece.Length..];
        }
        while (!source.IsEmpty);
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token)
    {
        View.Wait!.Finish(token);
        Exception? error;
        lock (this)
            error = FinishWrite();
        if (error is not null)
            throw error;
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => View.Wait!.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        View.Wait!.OnCompleted(continuation, state, token, flags);

    private async ValueTask SendPiecewiseAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken)
    {
        while (!source.IsEmpty)
        {
            var piece = source[..Math.Min(source.Length, PieceSize)];
            await SendAsync(piece, cancellationToken).ConfigureAwait(false);
            source = source[piece.Length..];
        }
    }

    private async ValueTask SendPiecewiseAsync(PinnedPiece data, CancellationToken cancellationToken)
    {
        while (data.Length > 0)
        {
            var (piece, left) = data.Split(PieceSize);
            await SendAsync(piece, cancellationToken).ConfigureAwait(false);
            data = left;
        }
    }

    private void SendPiece(ReadOnlySpan<byte> piece, int millisecondsTimeout)
    {
        var started = Stopwatch.GetTimestamp();
        bool isWritten, isTransmitDue = false;
        if (IsOutOfMemory)
            WaitForMemory(started, millisecondsTimeout);
        lock (this)
        {
            if (ErrorBeforeWrite() is { } error)
                throw error;
            ThrowIfFlushing();
            isWritten = EnsureState().Buffer.TryWrite(piece, _pump.Pool, MayUseReserve);
            if (isWritten)
                isTransmitDue = MoveToOutbox();
        }

        if (!isWritten)
            throw EndForMemory();
        RequestTransmit(isTransmitDue);
        lock (this)
        {
            for (var isReady = IsReady; !isReady; isReady = CanResume)
                WaitForChange(started, millisecondsTimeout);
            if (FinishWrite() is { } error)
                throw error;
        }
    }

    /// <summary>Under the lock, which is released meanwhile: waits for any change.</summary>
    private void WaitForChange(long started, int millisecondsTimeout)
    {
        _pump.ThrowIfOnLoop();
        EnsureState().Blocked++;
        var isInTime = Monitor.Wait(this, Deadline.Remaining(started, millisecondsTimeout));
        EnsureState().Blocked--;
        if (!isInTime && !CanResume)
            throw UserTcpError.ToIOException(SocketError.TimedOut);
    }

    /// <summary>
    /// The error when nothing more can be written: the one that ended the connection, or Shutdown after our FIN.
    /// </summary>
    private IOException? ErrorBeforeWrite()
    {
        if (View.End is { IsOrderly: false })
            return View.End.ToException();
        return View.End is not null || View.IsCompleted ? CloseReason.ShutDown.ToException() : null;
    }

    /// <summary>
    /// Under the lock: completes a write, and returns its error. The end of writing or an orderly close is no error
    /// here: what was written before it is delivered.
    /// </summary>
    private Exception? FinishWrite()
    {
        if (!View.IsCancelRequested)
            return View.End is { IsOrderly: false } ? View.End.ToException() : null;
        EnsureState().IsCancelRequested = false;
        return new OperationCanceledException("The write was cancelled by CancelPendingFlush.");
    }
}
