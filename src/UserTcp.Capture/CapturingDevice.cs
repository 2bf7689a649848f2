using UserTcp.Capture.Joining;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Capture;

/// <summary>
/// A device that writes every frame of the device it wraps, and of all its queues, to one capture file. An error of the
/// file ends the capture, and nothing else. With <see cref="JoinEvents"/> as the stack's observer, each segment has its
/// sentence as a comment, and the file has all events of the stack.
/// </summary>
public sealed class CapturingDevice : ILinkDevice, IObservableLink
{
    private readonly ILinkDevice _inner;
    private readonly CaptureSink _sink;
    private readonly CaptureQueue _queue;
    private readonly byte[] _frame;

    /// <summary>Wraps a device. This object owns the device and the writer.</summary>
    /// <param name="inner">The device.</param>
    /// <param name="writer">The capture file.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="onCaptureError">Called once, by the device's thread, when the file fails; must not throw.</param>
    public CapturingDevice(
        ILinkDevice inner, PcapngWriter writer, TimeProvider? clock = null, Action<Exception>? onCaptureError = null)
        : this(inner, writer, clock, onCaptureError, keys: null)
    {
    }

    private CapturingDevice(
        ILinkDevice inner, PcapngWriter writer, TimeProvider? clock, Action<Exception>? onCaptureError, TlsKeyLog? keys)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(writer);
        _inner = inner;
        _sink = new CaptureSink(writer, clock ?? TimeProvider.System, onCaptureError, keys);
        _queue = new CaptureQueue(_sink);
        _frame = new byte[inner.Properties.MaxFrame];
        Queues = [this, .. inner.Queues.Skip(1).Select(queue => new CapturingDevice(queue, _sink))];
    }

    private CapturingDevice(ILinkDevice inner, CaptureSink sink)
    {
        _inner = inner;
        _sink = sink;
        _queue = new CaptureQueue(sink);
        _frame = new byte[inner.Properties.MaxFrame];
        Queues = [this];
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public LinkProperties Properties => _inner.Properties;

    /// <inheritdoc/>
    public IReadOnlyList<ILinkDevice> Queues { get; }

    /// <inheritdoc/>
    public ILinkObserver? LinkObserver
    {
        get => (_inner as IObservableLink)?.LinkObserver;
        set
        {
            if (_inner is IObservableLink link)
                link.LinkObserver = value;
        }
    }

    /// <summary>
    /// Prepares the capture for events, and returns the observer that joins them with frames, for
    /// <see cref="UserTcpStackOptions.Observer"/> of the stack on this device. Without it the file has frames only.
    /// This device must be the one that the stack uses itself: no other may delay or drop frames in between.
    /// </summary>
    public IEngineObserver JoinEvents()
    {
        _sink.ExpectEvents();
        return _sink;
    }

    /// <summary>The error that ended the capture, such as a full disk; null while it goes on. Any thread.</summary>
    public Exception? CaptureError => _sink.Error;

    /// <summary>
    /// Wraps a device with a capture to a new file; disposes of the device when the file cannot be created.
    /// </summary>
    /// <param name="inner">The device.</param>
    /// <param name="path">The file, which is overwritten.</param>
    /// <param name="onCaptureError">Called once, by the device's thread, when the file fails; must not throw.</param>
    /// <param name="tlsKeyLog">
    /// A file in the format of SSLKEYLOGFILE, which may not exist yet. The keys that are added to it during the capture
    /// are written to the capture, which only this user may read then. Null for none.
    /// </param>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not create it.</exception>
    public static CapturingDevice ToFile(
        ILinkDevice inner, string path, Action<Exception>? onCaptureError = null, string? tlsKeyLog = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        try
        {
            var stream = Create(path, isSecret: tlsKeyLog is not null);
            return new CapturingDevice(
                inner, new PcapngWriter(stream, inner.Name, inner.Properties.MaxFrame), clock: null, onCaptureError,
                tlsKeyLog is null ? null : new TlsKeyLog(tlsKeyLog));
        }
        catch
        {
            inner.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        _sink.Leave(_queue);
        var count = _inner.Read(buffer);
        if (count > 0)
            _sink.Capture(_queue, outbound: false, buffer[..count]);
        return count;
    }

    /// <inheritdoc/>
    public bool Write(in Emission frame)
    {
        _sink.Leave(_queue);
        // A frame that is too long for the link is lost, and must not reach the inner device.
        if (frame.Length > (frame.SegmentSize == 0 ? Properties.Mtu : Properties.MaxFrame) || !_inner.Write(frame))
        {
            _sink.Refuse(_queue);
            return false;
        }

        if (CaptureError is null)
            _sink.Capture(_queue, outbound: true, _frame.AsSpan(0, frame.CopyTo(_frame)));
        return true;
    }

    /// <summary>
    /// Flushes captured frames to the file, so that it can be read during the capture; then waits as the inner device
    /// does.
    /// </summary>
    public void Wait(TimeSpan timeout)
    {
        _sink.Leave(_queue);
        _sink.Flush();
        _inner.Wait(timeout);
    }

    /// <inheritdoc/>
    public void Wake() => _inner.Wake();

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _inner.Dispose();
        }
        finally
        {
            // The file must show what led to the device's failure.
            _sink.Close();
        }
    }

    /// <summary>Creates the file, with the user's usual mode, or for this user only.</summary>
    private static FileStream Create(string path, bool isSecret)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 1 << 16,
        };
        if (!isSecret || OperatingSystem.IsWindows())
            return new FileStream(path, options);
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        options.UnixCreateMode = Own;
        var stream = new FileStream(path, options);
        // A file that was there has kept its mode.
        File.SetUnixFileMode(stream.SafeFileHandle, Own);
        return stream;
    }
}
