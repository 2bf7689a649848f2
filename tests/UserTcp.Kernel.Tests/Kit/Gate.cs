using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// While closed, holds the stack's frames and leaves the kernel's unread, so that they cross on the link.
/// </summary>
internal sealed class Gate(ILinkDevice inner) : ILinkDevice
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _held = [];
    private bool _isClosed;

    public string Name => inner.Name;

    public LinkProperties Properties => inner.Properties;

    /// <summary>The number of held frames.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
                return _held.Count;
        }
    }

    public void Close()
    {
        lock (_lock)
            _isClosed = true;
    }

    public void Open()
    {
        lock (_lock)
            _isClosed = false;
        Wake();
    }

    public int Read(Span<byte> buffer)
    {
        lock (_lock)
        {
            if (_isClosed)
                return 0;
            // Held frames leave before any frame is read.
            foreach (var frame in _held)
                inner.Write(new Emission(frame));
            _held.Clear();
        }

        return inner.Read(buffer);
    }

    public bool Write(in Emission frame)
    {
        lock (_lock)
        {
            if (!_isClosed)
                return inner.Write(frame);
            var copy = new byte[frame.Length];
            frame.CopyTo(copy);
            _held.Add(copy);
            return true;
        }
    }

    public void Wait(TimeSpan timeout) => inner.Wait(timeout);

    public void Wake() => inner.Wake();

    public void Dispose() => inner.Dispose();
}
