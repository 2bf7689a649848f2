namespace UserTcp.Cli.Plotting;

/// <summary>A stream whose first bytes can be looked at before they are read. It owns the other one.</summary>
/// <param name="inner">The stream, at its begin.</param>
internal sealed class PeekedStream(Stream inner) : Stream
{
    private byte[] _peeked = [];
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The first bytes; fewer where the stream is shorter. Comes before the first read.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        _peeked = new byte[count];
        _peeked = _peeked[..inner.ReadAtLeast(_peeked, count, throwOnEndOfStream: false)];
        return _peeked;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var rest = _peeked.AsSpan(_position);
        if (rest.IsEmpty)
            return inner.Read(buffer);
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
