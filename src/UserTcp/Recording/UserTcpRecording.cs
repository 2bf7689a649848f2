using UserTcp.Recording;

namespace UserTcp;

/// <summary>
/// A file that gets the inputs of a stack's engines (<see cref="UserTcpStackOptions.Recording"/>): frames, times, calls
/// with their data, options and keys. <see cref="UserTcpReplay"/> runs them again, exactly. The file has all data of
/// all connections and the stack's secrets.
/// </summary>
/// <remarks>
/// An error of the file ends the recording, and nothing else. So does <see cref="MaxLength"/>. What was recorded before
/// can be replayed.
/// </remarks>
public sealed class UserTcpRecording
{
    /// <summary>The default of <see cref="MaxLength"/>: 1 GiB.</summary>
    public const long DefaultMaxLength = 1L << 30;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Stream _stream;
    private RecordingSink? _sink;

    /// <summary>Records to a stream, which the stack owns from its start on.</summary>
    public UserTcpRecording(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
    }

    /// <summary>Max bytes of the file. 1 GiB by default; more than 0.</summary>
    public long MaxLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = DefaultMaxLength;

    /// <summary>
    /// Called once, by a loop's thread, when the recording ends before the stack: the file has failed, or has
    /// <see cref="MaxLength"/>. Must not throw.
    /// </summary>
    public Action<Exception>? Ended { get; init; }

    /// <summary>What has ended the recording before the stack; null while it goes on. Any thread.</summary>
    public Exception? Error => _sink?.Error;

    /// <summary>Bytes recorded so far. Any thread.</summary>
    public long Length => _sink?.Length ?? 0;

    /// <summary>
    /// Opens a file, which is overwritten. A new one can be read by its owner only (mode 0600); one that others can
    /// read is refused.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="maxLength">See <see cref="MaxLength"/>.</param>
    /// <param name="ended">See <see cref="Ended"/>.</param>
    /// <exception cref="IOException">The file cannot be created, or others can read it.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not create it.</exception>
    public static UserTcpRecording ToFile(
        string path, long maxLength = DefaultMaxLength, Action<Exception>? ended = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 1 << 16,
        };
        if (!OperatingSystem.IsWindows())
        {
            if (File.Exists(path) && (File.GetUnixFileMode(path) & ~(OwnerOnly | UnixFileMode.UserExecute)) != 0)
            {
                throw new IOException(
                    $"others can read or write '{path}', and a recording has all data and secrets: remove it, or "
                    + "run chmod 600");
            }

            options.UnixCreateMode = OwnerOnly;
        }

        return new UserTcpRecording(new FileStream(path, options)) { MaxLength = maxLength, Ended = ended };
    }

    /// <summary>The stack could not start: closes the file.</summary>
    internal void Discard()
    {
        if (_sink is { } sink)
            sink.Close();
        else
            _stream.Dispose();
    }

    /// <summary>Hands the stream over to a stack.</summary>
    /// <exception cref="InvalidOperationException">A stack has it already.</exception>
    internal RecordingSink Begin()
    {
        if (_sink is not null)
            throw new InvalidOperationException("Each stack needs a recording of its own.");
        return _sink = new RecordingSink(_stream, MaxLength, Ended);
    }
}
