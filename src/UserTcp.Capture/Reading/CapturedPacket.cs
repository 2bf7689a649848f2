namespace UserTcp.Capture.Reading;

/// <summary>A packet of a capture file. Its bytes are valid until the next packet is read.</summary>
public readonly ref struct CapturedPacket
{
    /// <summary>The packet's number in the file, from 1: Wireshark's frame number.</summary>
    public long Frame { get; init; }

    /// <summary>The time in nanoseconds since 1970 (UTC); that of the packet before when the file has none.</summary>
    public long Nanoseconds { get; init; }

    /// <summary>The link type (LINKTYPE_ of the pcap registry): 1 is Ethernet, 101 is raw IP.</summary>
    public ushort LinkType { get; init; }

    /// <summary>The bytes that the file has, from the link's header on.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Bytes of the whole packet, captured or not.</summary>
    public int Length { get; init; }

    /// <summary>True for a packet that the capturing host sent, false for an arrival; null when unknown.</summary>
    public bool? IsOutbound { get; init; }

    /// <summary>The name of the interface; null when the file does not give it.</summary>
    public string? Interface { get; init; }

    /// <summary>The comments of the packet; empty without any.</summary>
    public IReadOnlyList<string> Comments { get; init; }

    /// <summary>The custom options of the packet; empty without any.</summary>
    public IReadOnlyList<CustomOption> CustomOptions { get; init; }
}

/// <summary>A custom option of pcapng (draft-ietf-opsawg-pcapng section 3.5.1).</summary>
/// <param name="Code">Its code: 2988, 2989, 19372 or 19373.</param>
/// <param name="EnterpriseNumber">The private enterprise number (PEN) of its author.</param>
/// <param name="Value">The value after the number.</param>
public sealed record CustomOption(ushort Code, uint EnterpriseNumber, ReadOnlyMemory<byte> Value);
