namespace UserTcp.Links;

/// <summary>
/// A bounded queue of frames from one thread to another. Frames are copied into buffers that the queue reuses.
/// </summary>
internal sealed class FrameQueue(int mtu, int capacity)
{
    // Not a Lock, which allocates its event at the first contention.
    private readonly object _gate = new();
    private readonly Queue<Frame> _frames = new();
    private readonly Stack<byte[]> _free = new();

    /// <summary>True when nothing is queued. Exact only for the reader.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _frames.Count == 0;
        }
    }

    /// <summary>Rents a buffer for a frame; null when the queue is full. <see cref="Enqueue"/> returns it.</summary>
    public byte[]? TryRentBuffer()
    {
        lock (_gate)
            return _frames.Count >= capacity ? null : _free.TryPop(out var buffer) ? buffer : new byte[mtu];
    }

    /// <summary>Appends the frame in the first <paramref name="length"/> bytes of a rented buffer.</summary>
    public void Enqueue(byte[] buffer, int length)
    {
        lock (_gate)
            _frames.Enqueue(new Frame(buffer, length));
    }

    /// <summary>
    /// Copies the oldest frame to <paramref name="destination"/> and returns its length; 0 when there is none.
    /// </summary>
    public int Dequeue(Span<byte> destination)
    {
        Frame frame;
        lock (_gate)
        {
            if (!_frames.TryDequeue(out frame))
                return 0;
        }

        frame.Buffer.AsSpan(0, frame.Length).CopyTo(destination);
        lock (_gate)
            _free.Push(frame.Buffer);
        return frame.Length;
    }

    private readonly record struct Frame(byte[] Buffer, int Length);
}
