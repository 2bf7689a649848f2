namespace UserTcp.Capture.Reading;

/// <summary>A buffered stream of bytes that are looked at before they are consumed.</summary>
/// <param name="stream">The stream, which the caller owns.</param>
internal sealed class ByteSource(Stream stream)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>The offset in the stream of the next byte.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that are buffered, after <see cref="TryFill"/> has failed: all that are left.</summary>
    public int Buffered => _end - _start;

    /// <summary>True when that many bytes are there. The caller limits the count.</summary>
    public bool TryFill(int count)
    {
        if (Buffered >= count)
            return true;
        if (_buffer.Length - _start < count)
            MakeRoom(count);
        while (Buffered < count)
        {
            var read = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read <= 0)
                return false;
            _end += read;
        }

        return true;
    }

    /// <summary>The next bytes, which <see cref="TryFill"/> has made sure of.</summary>
    public ReadOnlySpan<byte> Peek(int count) => _buffer.AsSpan(_start, count);

    /// <summary>Consumes bytes that <see cref="Peek"/> has shown; they stay valid until the next fill.</summary>
    public void Advance(int count)
    {
        _start += count;
        Position += count;
    }

    /// <summary>Consumes that many bytes without keeping them; false when the stream ends before.</summary>
    public bool TrySkip(long count)
    {
        while (count > 0)
        {
            if (!TryFill(1))
                return false;
            var step = (int)Math.Min(count, Buffered);
            Advance(step);
            count -= step;
        }

        return true;
    }

    private void MakeRoom(int count)
    {
        var buffer = count > _buffer.Length ? new byte[Math.Max(count, _buffer.Length * 2)] : _buffer;
        _buffer.AsSpan(_start, Buffered).CopyTo(buffer);
        (_end, _start) = (Buffered, 0);
        _buffer = buffer;
    }
}
