using UserTcp.Engine.Contract;
using UserTcp.Links;

namespace UserTcp;

/// <summary>Two devices in one process, each the other's far end: stacks over a network without any device or privilege.</summary>
public static class InMemoryLink
{
    private const int MaxFrames = 1024;
    private const int MaxOctets = 4 << 20;

    /// <summary>
    /// Makes a link. Each direction holds a bounded number of frames (1,024, or as many as fit into 4 MiB, but at least 64);
    /// what does not fit is lost, as on any link. Without properties the MTU is 1,500 octets, and checksums are neither filled
    /// in nor checked, as memory keeps what it is given.
    /// </summary>
    public static (ILinkDevice A, ILinkDevice B) CreatePair(LinkProperties? properties = null)
    {
        properties ??= new LinkProperties(LinkProperties.DefaultMtu, ChecksumOffload: true);
        var capacity = Math.Clamp(MaxOctets / properties.Mtu, 64, MaxFrames);
        var forth = new FrameQueue(properties.Mtu, capacity);
        var back = new FrameQueue(properties.Mtu, capacity);
        var a = new InMemoryDevice("memory-a", properties, incoming: back, outgoing: forth);
        var b = new InMemoryDevice("memory-b", properties, incoming: forth, outgoing: back);
        InMemoryDevice.Join(a, b);
        return (a, b);
    }
}
