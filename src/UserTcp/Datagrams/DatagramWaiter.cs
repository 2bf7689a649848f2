namespace UserTcp.Datagrams;

/// <summary>One caller who waits for a datagram, and the memory for it.</summary>
internal sealed class DatagramWaiter(Memory<byte> memory, TaskCreationOptions options)
    : TaskCompletionSource<ReceivedDatagram>(options)
{
    /// <summary>Where the datagram is copied to.</summary>
    public Memory<byte> Memory => memory;
}
