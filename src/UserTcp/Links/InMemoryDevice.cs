using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Links;

/// <summary>One end of an <see cref="InMemoryLink"/>.</summary>
internal sealed class InMemoryDevice(string name, LinkProperties properties, FrameQueue incoming, FrameQueue outgoing)
    : ILinkDevice
{
    private readonly WakeSignal _signal = new();
    private InMemoryDevice? _peer;
    private volatile bool _isDisposed;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public LinkProperties Properties => properties;

    /// <summary>Connects two ends.</summary>
    public static void Join(InMemoryDevice a, InMemoryDevice b)
    {
        a._peer = b;
        b._peer = a;
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer) => incoming.Dequeue(buffer);

    /// <inheritdoc/>
    public bool Write(in Emission frame)
    {
        if (frame.Length > properties.Mtu || _peer!._isDisposed || outgoing.TryRentBuffer() is not { } buffer)
            return false;
        outgoing.Enqueue(buffer, frame.CopyTo(buffer));
        _peer.Wake();
        return true;
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout)
    {
        // The caller checks for frames and requests after this, so that a signal before the reset is not lost.
        if (incoming.IsEmpty)
        {
            _signal.Wait(timeout == Timeout.InfiniteTimeSpan
                ? timeout
                : TimeSpan.FromMilliseconds(Math.Ceiling(timeout.TotalMilliseconds)));
        }

        _signal.Reset();
    }

    /// <inheritdoc/>
    public void Wake() => _signal.Set();

    /// <summary>Disconnects this end: the other end's frames are lost from now on.</summary>
    public void Dispose() => _isDisposed = true;
}
