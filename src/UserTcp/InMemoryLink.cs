using UserTcp.Engine.Contract;
using UserTcp.Links;

namespace UserTcp;

/// <summary>
/// A link between two devices in one process: stacks can talk over it without any device or privilege.
/// </summary>
public static class InMemoryLink
{
    private const int MaxFrames = 1024;
    private const int MaxBytes = 4 << 20;

    /// <summary>
    /// Creates a link. Each direction holds a bounded number of frames: 1,024, or as many as fit into 4 MiB, but 64 or
    /// more. Further frames are lost, as on any link. By default the MTU is 1,500 bytes, and checksums are neither
    /// computed nor verified, as memory does not corrupt frames.
    /// </summary>
    public static (ILinkDevice A, ILinkDevice B) CreatePair(LinkProperties? properties = null)
    {
        properties ??= new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true);
        var capacity = Math.Clamp(MaxBytes / properties.Mtu, 64, MaxFrames);
        var forth = new FrameQueue(properties.Mtu, capacity);
        var back = new FrameQueue(properties.Mtu, capacity);
        var a = new InMemoryDevice("memory-a", properties, incoming: back, outgoing: forth);
        var b = new InMemoryDevice("memory-b", properties, incoming: forth, outgoing: back);
        InMemoryDevice.Join(a, b);
        return (a, b);
    }
}
