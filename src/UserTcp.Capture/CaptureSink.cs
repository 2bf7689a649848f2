namespace UserTcp.Capture;

/// <summary>
/// The file of a <see cref="CapturingDevice"/> and all its queues, each of which has a thread. Writes one frame at a
/// time, in the order of their times. When the file fails, the capture ends.
/// </summary>
/// <param name="writer">The file, which this object owns.</param>
/// <param name="clock">The clock.</param>
/// <param name="onError">Called once, by the thread whose frame failed.</param>
internal sealed class CaptureSink(PcapngWriter writer, TimeProvider clock, Action<Exception>? onError)
{
    private readonly Lock _gate = new();
    private Exception? _error;
    private bool _isDirty;

    /// <summary>The error that ended the capture. Any thread.</summary>
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

    /// <summary>Flushes captured frames to the file, so that it can be read during the capture.</summary>
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
            // The last flush may fail again; the file is closed all the same.
        }

        return error;
    }
}
