using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Links;

namespace UserTcp.Tests.Api.Kit;

/// <summary>
/// A link in memory whose ends have several queues. Each frame arrives at a random queue of the other end, whatever its
/// flow: worse than a kernel that moves a flow to another queue.
/// </summary>
internal static class ScatteringLink
{
    private const int FramesPerQueue = 1024;

    public static (ILinkDevice A, ILinkDevice B) CreatePair(
        int queuesOfA, int queuesOfB, LinkProperties? properties = null, int seed = 1)
    {
        properties ??= new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true);
        var a = Create("scatter-a", queuesOfA);
        var b = Create("scatter-b", queuesOfB);
        foreach (var queue in a)
            queue.Join(a, b);
        foreach (var queue in b)
            queue.Join(b, a);
        return (a[0], b[0]);

        End[] Create(string name, int count) =>
            [.. Enumerable.Range(0, count).Select(index => new End(name, properties, new Random(seed + index)))];
    }

    /// <summary>One queue of one end.</summary>
    private sealed class End(string name, LinkProperties properties, Random random) : ILinkDevice
    {
        private readonly FrameQueue _incoming = new(properties.Mtu, FramesPerQueue);
        private readonly WakeSignal _signal = new();
        private End[] _own = [];
        private End[] _far = [];
        private volatile bool _isDisposed;

        public string Name => name;

        public LinkProperties Properties => properties;

        public IReadOnlyList<ILinkDevice> Queues => _own;

        public void Join(End[] own, End[] far) => (_own, _far) = (own, far);

        public int Read(Span<byte> buffer) => _incoming.Dequeue(buffer);

        public bool Write(in Emission frame)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var target = _far[random.Next(_far.Length)];
            if (frame.Length > properties.Mtu || target._isDisposed
                || target._incoming.TryRentBuffer() is not { } buffer)
                return false;
            target._incoming.Enqueue(buffer, frame.CopyTo(buffer));
            target.Wake();
            return true;
        }

        public void Wait(TimeSpan timeout)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_incoming.IsEmpty)
            {
                _signal.Wait(timeout == Timeout.InfiniteTimeSpan
                    ? timeout
                    : TimeSpan.FromMilliseconds(Math.Ceiling(timeout.TotalMilliseconds)));
            }

            _signal.Reset();
        }

        public void Wake() => _signal.Set();

        public void Dispose()
        {
            foreach (var queue in _own)
                queue._isDisposed = true;
        }
    }
}
