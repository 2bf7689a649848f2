using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>
/// Writes each frame to a random queue of a device. The kernel sends a flow's frames to the queue of the flow's last
/// write, so that all flows keep moving between queues.
/// </summary>
internal sealed class Wanderer : ILinkDevice
{
    private readonly ILinkDevice _inner;
    private readonly IReadOnlyList<ILinkDevice> _all;
    private readonly Random _random;

    public Wanderer(ILinkDevice inner)
        : this(inner, inner.Queues, seed: 0) =>
        Queues = [this, .. _all.Skip(1).Select((queue, index) => new Wanderer(queue, _all, index + 1))];

    private Wanderer(ILinkDevice inner, IReadOnlyList<ILinkDevice> all, int seed)
    {
        _inner = inner;
        _all = all;
        _random = new Random(seed);
        Queues = [this];
    }

    public string Name => _inner.Name;

    public LinkProperties Properties => _inner.Properties;

    public IReadOnlyList<ILinkDevice> Queues { get; }

    public int Read(Span<byte> buffer) => _inner.Read(buffer);

    public bool Write(in Emission frame)
    {
        var queue = _all[_random.Next(_all.Count)];
        lock (queue)
            return queue.Write(frame);
    }

    public void Wait(TimeSpan timeout) => _inner.Wait(timeout);

    public void Wake() => _inner.Wake();

    public void Dispose() => _inner.Dispose();
}
