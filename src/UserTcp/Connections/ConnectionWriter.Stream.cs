using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using UserTcp.Engine.Buffers;
using UserTcp.Errors;

namespace UserTcp.Connections;

/// <content>
/// The part of the sending half that the stream calls: writes copy and flush, and errors are exceptions. Writes that
/// overlap are served in turn, as a socket's are.
/// </content>
internal sealed partial class ConnectionWriter : IValueTaskSource
{
    /// <summary>
    /// Copies bytes in as far as the send buffer has room, and waits for room for the rest. Completes when all are
    /// copied.
    /// </summary>
    /// <param name="source">The bytes.</param>
    /// <param name="cancellationToken">Ends the wait: bytes not copied yet are not sent.</param>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken) =>
        SendAsync(new WriteSource(source), cancellationToken);

    /// <summary>The same for pinned data, which is not copied.</summary>
    internal ValueTask SendAsync(PinnedPiece data, CancellationToken cancellationToken) =>
        SendAsync(new WriteSource(data), cancellationToken);

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
        if (source.IsEmpty)
        {
            var nothing = default(WriteSource);
            SendPiece(ref nothing);
            return;
        }

        var started = Stopwatch.GetTimestamp();
        WaitForTurn(started, millisecondsTimeout);
        try
        {
            while (!source.IsEmpty)
            {
                if (IsOutOfMemory)
                    WaitForMemory(started, millisecondsTimeout);
                var piece = source[..Math.Min(source.Length, PieceSize)];
                SendPiece(piece, started, millisecondsTimeout);
                source = source[piece.Length..];
            }
        }
        finally
        {
            PassTurn();
        }
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token) => View.Wait!.Finish(token);

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => View.Wait!.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        View.Wait!.OnCompleted(continuation, state, token, flags);

    private ValueTask SendAsync(WriteSource source, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        var isOutOfMemory = source.IsCopied && IsOutOfMemory;
        bool isWritten = true, isTransmitDue = false;
        TaskCompletionSource? turn = null;
        lock (this)
        {
            if (ErrorBeforeWrite() is { } error)
                return ValueTask.FromException(error);
            ref var turns = ref EnsureState().Turns;
            if (!turns.IsTaken)
            {
                ThrowIfFlushing();
                isWritten = isOutOfMemory || TryTakePiece(ref source, out isTransmitDue);
            }

            // In the same lock: no other write comes between two pieces of this one.
            if (source.Length > 0 && isWritten)
                turn = turns.TakeOrWait();
        }

        if (!isWritten)
            return ValueTask.FromException(EndForMemory());
        RequestTransmit(isTransmitDue);
        return source.Length == 0 ? ValueTask.CompletedTask : SendInTurnAsync(source, turn, cancellationToken);
    }

    /// <summary>Sends the rest of a write that has its turn, or waits for it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendInTurnAsync(
        WriteSource source, TaskCompletionSource? turn, CancellationToken cancellationToken)
    {
        if (turn is not null)
            await WaitForTurnAsync(turn, cancellationToken).ConfigureAwait(false);
        try
        {
            while (source.Length > 0)
            {
                await WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
                if (source.IsCopied && IsOutOfMemory)
                    await WaitForMemoryAsync(cancellationToken).ConfigureAwait(false);
                SendPiece(ref source);
            }
        }
        finally
        {
            PassTurn();
        }
    }

    private static async ValueTask WaitForTurnAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static (turn, token) => ((TaskCompletionSource)turn!).TrySetCanceled(token), turn);
        await turn.Task.ConfigureAwait(false);
    }

    /// <summary>Waits until the send buffer has room, or writing is over.</summary>
    private ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        short version;
        lock (this)
        {
            if (IsReady || View.IsCompleted)
                return ValueTask.CompletedTask;
            version = BeginWait();
        }

        View.Wait!.CancelOn(
            static (writer, token) => ((ConnectionWriter)writer!).CancelWait(token), this, cancellationToken);
        return new ValueTask(this, version);
    }

    private void SendPiece(ref WriteSource source)
    {
        bool isWritten, isTransmitDue;
        lock (this)
        {
            ThrowIfOver();
            isWritten = TryTakePiece(ref source, out isTransmitDue);
        }

        if (!isWritten)
            throw EndForMemory();
        RequestTransmit(isTransmitDue);
    }

    /// <summary>The same on this thread, which waits for room.</summary>
    private void SendPiece(ReadOnlySpan<byte> piece, long started, int millisecondsTimeout)
    {
        bool isWritten, isTransmitDue = false;
        lock (this)
        {
            for (var isReady = IsReady; !isReady && !View.IsCompleted; isReady = CanResume)
                WaitForChange(started, millisecondsTimeout);
            ThrowIfOver();
            isWritten = EnsureState().Buffer.TryWrite(piece, _pump.Pool, MayUseReserve);
            if (isWritten)
                isTransmitDue = Enqueue(ref EnsureState().Buffer);
        }

        if (!isWritten)
            throw EndForMemory();
        RequestTransmit(isTransmitDue);
    }

    /// <summary>
    /// Under the lock: takes up to a piece of the source, if the send buffer has room. False without memory.
    /// </summary>
    private bool TryTakePiece(ref WriteSource source, out bool isTransmitDue)
    {
        ref var buffer = ref EnsureState().Buffer;
        isTransmitDue = false;
        // Pinned data takes no memory, and larger pieces cost less.
        var max = source.IsCopied ? PieceSize : Math.Max(PieceSize, BlockPool.LargeSize);
        if (IsReady && !source.TryMoveTo(ref buffer, max, _pump.Pool, MayUseReserve))
            return false;
        // What the pipe has written and not flushed goes before it.
        isTransmitDue = Enqueue(ref buffer);
        return true;
    }

    /// <exception cref="IOException">The timeout has passed (TimedOut).</exception>
    private void WaitForTurn(long started, int millisecondsTimeout)
    {
        TaskCompletionSource? turn;
        lock (this)
        {
            ref var turns = ref EnsureState().Turns;
            if (turns.IsTaken)
                _pump.ThrowIfOnLoop();
            else
                ThrowIfFlushing();
            turn = turns.TakeOrWait();
        }

        if (turn is not null && !turn.Task.Wait(Deadline.Remaining(started, millisecondsTimeout))
            && turn.TrySetCanceled())
        {
            throw UserTcpError.ToIOException(SocketError.TimedOut);
        }
    }

    private void PassTurn()
    {
        lock (this)
            EnsureState().Turns.Pass();
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

    /// <summary>Under the lock: ends a write that has waited, when nothing more can be written.</summary>
    private void ThrowIfOver()
    {
        if (ErrorBeforeWrite() is { } error)
            throw error;
        if (!View.IsCancelRequested)
            return;
        EnsureState().IsCancelRequested = false;
        throw new OperationCanceledException("The write was cancelled by CancelPendingFlush.");
    }
}
