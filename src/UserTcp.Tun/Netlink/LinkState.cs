namespace UserTcp.Tun.Netlink;

/// <summary>The state of an interface.</summary>
/// <param name="Index">Its number in the network namespace, from 1.</param>
/// <param name="IsUp">Whether it is up.</param>
/// <param name="HasCarrier">Whether the link has a carrier; for a TUN interface, whether a process has it open.</param>
/// <param name="Mtu">Its MTU in bytes.</param>
/// <param name="QueueLength">The max frames in its queue.</param>
internal readonly record struct LinkState(int Index, bool IsUp, bool HasCarrier, int Mtu, int QueueLength);
