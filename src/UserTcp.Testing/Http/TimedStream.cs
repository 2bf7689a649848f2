namespace UserTcp.Testing.Http;

/// <summary>The stream of a <see cref="TimedContent"/>. At its end the time stops.</summary>
internal sealed class TimedStream(Stream inner, RequestTimeLimit limit) : Stream
{
    private bool _hasEnded;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_hasEnded)
            return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var count = await inner.ReadAsync(buffer, both.Token).ConfigureAwait(false);
            if (count == 0 && buffer.Length > 0)
                End();
            return count;
        }
        catch (Exception error)
        {
            if (limit.TryTranslate(error) is { } translated)
                throw translated;
            throw;
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            End();
        }

        base.Dispose(disposing);
    }

    private void End()
    {
        if (_hasEnded)
            return;
        _hasEnded = true;
        limit.Dispose();
    }
}
