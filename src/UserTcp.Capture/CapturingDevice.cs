using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Capture;

/// <summary>
/// A device that writes every frame of the device it wraps, and of all its queues, to one capture file. An error of the
/// file ends the capture, and nothing else.
/// </summary>
public sealed class CapturingDevice : ILinkDevice, IObservableLink
{
    private readonly ILinkDevice _inner;
    private readonly CaptureSink _sink;
    private readonly byte[] _frame;

    /// <summary>Wraps a device. This object owns the device and the writer.</summary>
    /// <param name="inner">The device.</param>
    /// <param name="writer">The capture file.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <param name="onCaptureError">Called once, by the device's thread, when the file fails; must not throw.</param>
    public CapturingDevice(
        ILinkDevice inner, PcapngWriter writer, TimeProvider? clock = null, Action<Exception>? onCaptureError = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(writer);
        _inner = inner;
        _sink = new CaptureSink(writer, clock ?? TimeProvider.System, onCaptureError);
        _frame = new byte[inner.Properties.MaxFrame];
        Queues = [this, .. inner.Queues.Skip(1).Select(queue => new CapturingDevice(queue, _sink))];
    }

    private CapturingDevice(ILinkDevice inner, CaptureSink sink)
    {
        _inner = inner;
        _sink = sink;
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

    /// <summary>The error that ended the capture, such as a full disk; null while it goes on. Any thread.</summary>
    public Exception? CaptureError => _sink.Error;

    /// <summary>
    /// Wraps a device with a capture to a new file; disposes of the device when the file cannot be created.
    /// </summary>
    /// <param name="inner">The device.</param>
    /// <param name="path">The file, which is overwritten.</param>
    /// <param name="onCaptureError">Called once, by the device's thread, when the file fails; must not throw.</param>
    /// <exception cref="IOException">The file cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">This process may not create it.</exception>
    public static CapturingDevice ToFile(ILinkDevice inner, string path, Action<Exception>? onCaptureError = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        try
        {
            var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
            return new CapturingDevice(
                inner, new PcapngWriter(stream, inner.Name, inner.Properties.MaxFrame), onCaptureError: onCaptureError);
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
        var count = _inner.Read(buffer);
        if (count > 0)
            _sink.Capture(outbound: false, buffer[..count]);
        return count;
    }

    /// <inheritdoc/>
    public bool Write(in Emission frame)
    {
        // A frame that is too long for the link is lost, and must not reach the inner device.
        if (frame.Length > (frame.SegmentSize == 0 ? Properties.Mtu : Properties.MaxFrame) || !_inner.Write(frame))
            return false;
        if (CaptureError is null)
            _sink.Capture(outbound: true, _frame.AsSpan(0, frame.CopyTo(_frame)));
        return true;
    }

    /// <summary>
    /// Flushes captured frames to the file, so that it can be read during the capture; then waits as the inner device
    /// does.
    /// </summary>
    public void Wait(TimeSpan timeout)
    {
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
}
