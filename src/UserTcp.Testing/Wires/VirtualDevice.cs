using UserTcp.Engine.Contract;
using UserTcp.Engine.Output;
using UserTcp.Testing.Running;

namespace UserTcp.Testing.Wires;

/// <summary>
/// A host's network interface from one start to a crash, and the loop of the stack that it belongs to.
/// </summary>
/// <param name="name">The host's name.</param>
/// <param name="mtu">The link's MTU in bytes.</param>
/// <param name="send">Takes the frames that the host sends.</param>
/// <param name="world">Runs the loop.</param>
/// <param name="check">Looks at each thread that wakes the loop.</param>
internal sealed class VirtualDevice(string name, int mtu, FrameSender send, World world, Action check)
    : ILinkDevice, IUserTcpLoopRunner
{
    /// <summary>Max frames that wait for the loop. It reads all of them at the time of their arrival.</summary>
    private const int MaxWaiting = 4096;

    private readonly Queue<byte[]> _waiting = new();
    private readonly byte[] _sending = new byte[mtu];
    private HostLoop? _loop;
    private bool _isUp = true;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public LinkProperties Properties { get; } = new(mtu);

    /// <summary>A frame has arrived. Returns why the interface drops it; null when it does not.</summary>
    public string? Accept(ReadOnlySpan<byte> frame)
    {
        if (!_isUp)
            return $"{name} is down";
        if (frame.Length > mtu)
            return FormattableString.Invariant($"larger than the MTU of {name} ({mtu} bytes)");
        if (_waiting.Count >= MaxWaiting)
            return $"the receive queue of {name} is full";
        _waiting.Enqueue(frame.ToArray());
        WakeLoop();
        return null;
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer)
    {
        if (!_waiting.TryDequeue(out var frame))
            return 0;
        frame.CopyTo(buffer);
        return frame.Length;
    }

    /// <inheritdoc/>
    public bool Write(in Emission frame)
    {
        if (!_isUp || frame.Length > mtu)
            return false;
        send(_sending.AsSpan(0, frame.CopyTo(_sending)));
        return true;
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout) =>
        throw new InvalidOperationException("A virtual host has no thread that could wait.");

    /// <inheritdoc/>
    public void Wake()
    {
        check();
        WakeLoop();
    }

    /// <inheritdoc/>
    public void Add(UserTcpLoop loop)
    {
        _loop = new HostLoop(world.Clock, loop, world.Wake);
        WakeLoop();
    }

    /// <summary>Nothing is sent or received any more. The loop may still run, to end its connections.</summary>
    public void Dispose()
    {
        _isUp = false;
        _waiting.Clear();
    }

    private void WakeLoop()
    {
        if (_loop is { } loop)
            world.Wake(loop);
    }
}
