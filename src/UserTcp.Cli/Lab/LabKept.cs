using UserTcp.Capture;

namespace UserTcp.Cli.Lab;

/// <summary>
/// What a page can save: the last frames, and what the stack of a lab has got from its start on, which is also replayed
/// without one of its losses. The recording is in a file without a name, as it has all data and secrets.
/// </summary>
internal sealed class LabKept : IDisposable
{
    /// <summary>Memory of frames, in bytes.</summary>
    public const int MaxFrameBytes = 16 << 20;

    /// <summary>Max events that a capture has.</summary>
    private const int MaxEvents = 1 << 15;

    private const long DefaultMaxRecordingBytes = 256 << 20;

    private readonly FileStream? _file;

    /// <param name="records">True for a lab, whose inputs are recorded.</param>
    /// <param name="maxRecordingBytes">See <see cref="MaxRecordingBytes"/>.</param>
    public LabKept(bool records, long maxRecordingBytes = DefaultMaxRecordingBytes)
    {
        MaxRecordingBytes = maxRecordingBytes;
        if (!records)
            return;
        var path = Path.Combine(Path.GetTempPath(), $"usertcp-{Guid.NewGuid():N}.utr");
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 1 << 16,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        File.Delete(path);
        Recording = new UserTcpRecording(_file) { MaxLength = maxRecordingBytes };
    }

    /// <summary>Max bytes of the recording, at which it ends.</summary>
    public long MaxRecordingBytes { get; }

    /// <summary>The last frames, without those of the page itself.</summary>
    public CaptureRing Ring { get; } = new(MaxFrameBytes, MaxEvents) { HiddenPort = LabPage.Port };

    /// <summary>The recording; null for none.</summary>
    public UserTcpRecording? Recording { get; }

    /// <summary>Opens the recording as it is now. It has no name, but its process finds it.</summary>
    public FileStream OpenRecording() => new(
        $"/proc/self/fd/{_file!.SafeFileHandle.DangerousGetHandle()}", FileMode.Open, FileAccess.Read,
        FileShare.ReadWrite | FileShare.Delete);

    public void Dispose() => _file?.Dispose();
}
