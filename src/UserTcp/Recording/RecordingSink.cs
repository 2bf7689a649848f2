using System.Globalization;

namespace UserTcp.Recording;

/// <summary>
/// The file of a recording, which all loops of a stack write to, an entry at a time. When the file fails, or has its
/// max length, the recording ends. Any thread.
/// </summary>
/// <param name="stream">The file, which this object owns.</param>
/// <param name="maxLength">Max bytes of the file.</param>
/// <param name="onEnded">Called once, by the thread whose entry has ended the recording.</param>
internal sealed class RecordingSink(Stream stream, long maxLength, Action<Exception>? onEnded)
{
    private static readonly byte[] End = [2, (byte)EntryKind.End, 0];

    private readonly Lock _gate = new();
    private Exception? _error;
    private long _length;
    private bool _isDirty;
    private volatile bool _hasEnded;

    /// <summary>True when nothing is recorded any more.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>What has ended the recording; null while it goes on, and when it was closed.</summary>
    public Exception? Error => Volatile.Read(ref _error);

    /// <summary>Bytes written.</summary>
    public long Length => Interlocked.Read(ref _length);

    /// <summary>Writes the beginning of the file.</summary>
    public void WriteHeader(ReadOnlySpan<byte> header)
    {
        var bytes = header.ToArray();
        Attempt(bytes.Length, () => stream.Write(bytes));
    }

    /// <summary>Writes an entry of two parts.</summary>
    public void Write(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> outcome)
    {
        if (_hasEnded)
            return;
        Exception? failure;
        lock (_gate)
        {
            if (_hasEnded)
                return;
            failure = TryWrite(fields, outcome);
        }

        if (failure is not null)
            onEnded?.Invoke(failure);
    }

    /// <summary>Hands what was written to the operating system, so that the file can be read.</summary>
    public void Flush()
    {
        if (Volatile.Read(ref _isDirty))
            Attempt(0, stream.Flush);
    }

    /// <summary>Closes the file. Nothing when the recording has ended.</summary>
    public void Close() => Attempt(0, () =>
    {
        _hasEnded = true;
        stream.Write(End);
        stream.Dispose();
    });

    private Exception? TryWrite(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> outcome)
    {
        Span<byte> prefix = stackalloc byte[5];
        var total = fields.Length + outcome.Length;
        var size = 0;
        for (var rest = (uint)total; ; rest >>= 7)
        {
            prefix[size++] = (byte)(rest >= 0x80 ? rest | 0x80 : rest);
            if (rest < 0x80)
                break;
        }

        if (_length + size + total + End.Length > maxLength)
        {
            return Stop(new IOException(string.Create(
                CultureInfo.InvariantCulture, $"the recording has its max length of {maxLength:N0} bytes")));
        }

        try
        {
            stream.Write(prefix[..size]);
            stream.Write(fields);
            stream.Write(outcome);
            _isDirty = true;
            _length += size + total;
            return null;
        }
        catch (Exception exception)
        {
            return Stop(exception);
        }
    }

    private void Attempt(long bytes, Action action)
    {
        Exception? failure = null;
        lock (_gate)
        {
            if (_hasEnded)
                return;
            _isDirty = false;
            _length += bytes;
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = Stop(exception);
            }
        }

        if (failure is not null)
            onEnded?.Invoke(failure);
    }

    private Exception Stop(Exception error)
    {
        Volatile.Write(ref _error, error);
        _hasEnded = true;
        try
        {
            stream.Dispose();
        }
        catch (Exception)
        {
            // The last flush may fail again; the file is closed all the same.
        }

        return error;
    }
}
