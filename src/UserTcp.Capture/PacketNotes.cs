namespace UserTcp.Capture;

/// <summary>What a packet of a capture carries beside its bytes.</summary>
public readonly record struct PacketNotes
{
    /// <summary>A comment, which Wireshark shows with the packet; null for none.</summary>
    public string? Comment { get; init; }

    /// <summary>
    /// Events as JSON (<see cref="EventJson"/>), in UTF-8; null for none. With a comment the first one is the event of
    /// this packet.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Events { get; init; }
}
