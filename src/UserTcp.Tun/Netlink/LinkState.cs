namespace UserTcp.Tun.Netlink;

/// <summary>What an interface is like.</summary>
/// <param name="Index">Its number in the network namespace, from 1.</param>
/// <param name="IsUp">Whether it is up.</param>
/// <param name="Mtu">Its MTU in octets.</param>
/// <param name="QueueLength">Frames that it queues at most.</param>
internal readonly record struct LinkState(int Index, bool IsUp, int Mtu, int QueueLength);
