using UserTcp.Testing.Wires;
using UserTcp.Wire;

namespace UserTcp.Testing;

/// <summary>
/// Forwards packets between the links of hosts and of other switches. It takes no time and loses nothing.
/// </summary>
public sealed class VirtualSwitch : IFrameSink
{
    private readonly Dictionary<IpAddress, Wires.Wire> _routes = [];
    private readonly List<(VirtualSwitch Far, Wires.Wire Wire)> _neighbours = [];
    private readonly DropLog _drops;

    internal VirtualSwitch(string name, DropLog drops) => (Name, _drops) = (name, drops);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Packets that were dropped since no host has their address.</summary>
    public long Unroutable { get; private set; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    void IFrameSink.Accept(ReadOnlySpan<byte> frame) => Forward(frame);

    internal void Forward(ReadOnlySpan<byte> frame)
    {
        var isPacket = IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _);
        if (isPacket && _routes.TryGetValue(packet.Destination, out var wire))
        {
            wire.Send(frame);
        }
        else
        {
            Unroutable++;
            _drops.Add(frame, isPacket ? $"no host has the address {packet.Destination}" : "not an IP packet");
        }
    }

    /// <summary>Connects a wire to another switch.</summary>
    internal void AddNeighbour(VirtualSwitch far, Wires.Wire wire) => _neighbours.Add((far, wire));

    /// <summary>
    /// Learns the way to a host, and tells the switches around: the way with the fewest switches, the one that was
    /// connected first among equals.
    /// </summary>
    internal void Announce(IpAddress address, Wires.Wire wire)
    {
        _routes[address] = wire;
        var next = new Queue<VirtualSwitch>([this]);
        var known = new HashSet<VirtualSwitch> { this };
        while (next.TryDequeue(out var near))
        {
            foreach (var (far, _) in near._neighbours)
            {
                if (!known.Add(far))
                    continue;
                far._routes[address] = far._neighbours.First(back => back.Far == near).Wire;
                next.Enqueue(far);
            }
        }
    }
}
