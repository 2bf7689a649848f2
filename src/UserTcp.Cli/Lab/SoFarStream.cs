namespace UserTcp.Cli.Lab;

/// <summary>
/// A growing file up to where it ends now. What is sent of a recording is recorded in turn: a reader would never come
/// to its end.
/// </summary>
internal sealed class SoFarStream(FileStream file) : Stream
{
    private readonly long _length = file.Length;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer) =>
        file.Read(buffer[..(int)Math.Clamp(_length - file.Position, 0, buffer.Length)]);

    public override long Seek(long offset, SeekOrigin origin) =>
        origin == SeekOrigin.End ? file.Seek(_length + offset, SeekOrigin.Begin) : file.Seek(offset, origin);

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
