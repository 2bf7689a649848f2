using UserTcp.Wire;

namespace UserTcp.Engine.Udp;

/// <summary>Where a datagram comes from, or goes to.</summary>
/// <param name="Address">The address.</param>
/// <param name="Port">The port.</param>
public readonly record struct UdpPeer(IpAddress Address, Port Port);
