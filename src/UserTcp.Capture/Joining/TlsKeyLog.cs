namespace UserTcp.Capture.Joining;

/// <summary>
/// The lines that are added to a TLS key log (the format of SSLKEYLOGFILE) from now on. The file may not exist yet.
/// When it cannot be read, there are no more lines. One thread at a time.
/// </summary>
internal sealed class TlsKeyLog : IDisposable
{
    /// <summary>Bytes that are read at a time; a line is shorter than 300 bytes.</summary>
    private const int MaxRead = 16 << 10;

    private readonly string _path;
    private readonly byte[] _buffer = new byte[MaxRead];
    private FileStream? _file;
    private long _position;
    private bool _hasFailed;

    public TlsKeyLog(string path)
    {
        _path = path;
        try
        {
            // The keys of others, and of earlier runs, are none of this capture's.
            _position = new FileInfo(path) is { Exists: true } file ? file.Length : 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _hasFailed = true;
        }
    }

    /// <summary>The next whole lines, valid until the next call; false when there is none.</summary>
    public bool TryRead(out ReadOnlySpan<byte> lines)
    {
        lines = default;
        if (_hasFailed)
            return false;
        try
        {
            if (_file is null && !TryOpen())
                return false;
            if (RandomAccess.GetLength(_file!.SafeFileHandle) <= _position)
                return false;
            var count = RandomAccess.Read(_file.SafeFileHandle, _buffer, _position);
            var end = _buffer.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
            // What is no line in so many bytes is no key log.
            _hasFailed = end == 0 && count == MaxRead;
            _position += end;
            lines = _buffer.AsSpan(0, end);
            return end > 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _hasFailed = true;
            return false;
        }
    }

    public void Dispose() => _file?.Dispose();

    private bool TryOpen()
    {
        if (!File.Exists(_path))
            return false;
        _file = new FileStream(
            _path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return true;
    }
}
