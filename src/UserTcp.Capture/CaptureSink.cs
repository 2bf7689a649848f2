namespace UserTcp.Capture;

/// <summary>
/// The file behind a <see cref="CapturingDevice"/> and all its queues, each of which has a thread: one frame at a time, in the order of
/// their times. When it fails, the capture ends.
/// </summary>
/// <param name="writer">The file, which is this object's from now on.</param>
/// <param name="clock">The clock.</param>
/// <param name="onError">Called once, by the thread whose frame it was.</param>
internal sealed class CaptureSink(PcapngWriter writer, TimeProvider clock, Action<Exception>? onError)
{
    private readonly Lock _gate = new();
    private Exception? _error;
    private bool _isDirty;

    /// <summary>Why nothing is captured any more. Any thread.</summary>
    public Exception? Error => Volatile.Read(ref _error);

    public void Capture(bool outbound, ReadOnlySpan<byte> frame)
    {
        if (Error is not null)
            return;
        Exception? failure = null;
        lock (_gate)
        {
            if (_error is not null)
                return;
            var sinceEpoch = clock.GetUtcNow() - DateTimeOffset.UnixEpoch;
            try
            {
                writer.Write(sinceEpoch.Ticks * TimeSpan.NanosecondsPerTick, outbound, frame);
                _isDirty = true;
            }
            catch (Exception exception)
            {
                failure = Stop(exception);
            }
        }

        if (failure is not null)
            onError?.Invoke(failure);
    }

    /// <summary>Hands what has been captured to the file, so that it can be read while things go on.</summary>
    public void Flush()
    {
        if (Volatile.Read(ref _isDirty))
            Try(static writer => writer.Flush());
    }

    /// <summary>Closes the file.</summary>
    public void Close() => Try(static writer => writer.Dispose());

    private void Try(Action<PcapngWriter> action)
    {
        Exception? failure = null;
        lock (_gate)
        {
            if (_error is not null)
                return;
            _isDirty = false;
            try
            {
                action(writer);
            }
            catch (Exception exception)
            {
                failure = Stop(exception);
            }
        }

        if (failure is not null)
            onError?.Invoke(failure);
    }

    private Exception Stop(Exception error)
    {
        Volatile.Write(ref _error, error);
        _isDirty = false;
        try
        {
            writer.Dispose();
        }
        catch (Exception)
        {
            // It may fail to write once more what it could not write before; its file is closed nevertheless.
        }

        return error;
    }
}
