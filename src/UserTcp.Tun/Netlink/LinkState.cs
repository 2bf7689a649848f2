namespace UserTcp.Tun.Netlink;

/// <summary>What an interface is like.</summary>
/// <param name="Index">Its number in the network namespace, from 1.</param>
/// <param name="IsUp">Whether it is up.</param>
/// <param name="HasCarrier">Whether there is somebody at the other end: for a TUN interface, whether some process has it open.</param>
/// <param name="Mtu">Its MTU in octets.</param>
/// <param name="QueueLength">Frames that it queues at most.</param>
internal readonly record struct LinkState(int Index, bool IsUp, bool HasCarrier, int Mtu, int QueueLength);
