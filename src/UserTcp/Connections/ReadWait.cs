using System.Threading.Tasks.Sources;

namespace UserTcp.Connections;

/// <summary>
/// A read that waits for data: the one of the pipe, or one of the stream's, which may overlap. A stream's read is
/// settled when its data is copied: by the thread that fetches the result, or earlier, when a later read has to come
/// after it.
/// </summary>
internal sealed class ReadWait(ConnectionReader reader, bool inlineContinuations)
    : SingleWait(inlineContinuations), IValueTaskSource<int>
{
    private int _count;
    private Exception? _error;

    /// <summary>Where a stream's read copies its data; empty for a pipe's.</summary>
    public Memory<byte> Destination { get; set; }

    /// <summary>The read is the stream's.</summary>
    public bool IsOfStream { get; set; }

    /// <summary>A stream's read has its result, or was cancelled.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>The next of several waits that ended together.</summary>
    public ReadWait? NextEnded { get; set; }

    /// <summary>Starts a stream's read; returns its token for the value task.</summary>
    public short Begin(Memory<byte> destination)
    {
        (Destination, IsOfStream, IsSettled) = (destination, true, false);
        return Begin();
    }

    /// <summary>Stores the result. Nothing is copied to the destination later.</summary>
    public void Settle(int count, Exception? error)
    {
        (_count, _error, IsSettled, Destination) = (count, error, true, default);
    }

    /// <summary>The result, once.</summary>
    public (int Count, Exception? Error) TakeResult()
    {
        var result = (_count, _error);
        (_count, _error) = (0, null);
        return result;
    }

    /// <summary>Ends the wait by its token.</summary>
    public void Cancel(CancellationToken token) => reader.CancelRead(this, token);

    /// <inheritdoc/>
    int IValueTaskSource<int>.GetResult(short token) => reader.FinishRead(this, token);

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        OnCompleted(continuation, state, token, flags);
}
