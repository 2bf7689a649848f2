namespace UserTcp.Testing.Faults;

/// <summary>
/// A fault as a rule: what it does, to which packets, between which hosts, when. The packets that match are numbered
/// from 1.
/// </summary>
internal sealed record FaultRule
{
    /// <summary>What happens.</summary>
    public required VirtualVerdict Verdict { get; init; }

    /// <summary>Which kind of packet.</summary>
    public PacketKind Kind { get; init; }

    /// <summary>The first number that it strikes.</summary>
    public long First { get; init; } = 1;

    /// <summary>The last one.</summary>
    public long Last { get; init; } = long.MaxValue;

    /// <summary>The distance of those between: 1 for each.</summary>
    public long Every { get; init; } = 1;

    /// <summary>Only packets with more bytes.</summary>
    public int LargerThan { get; init; }

    /// <summary>The sender's name; null for any.</summary>
    public string? From { get; init; }

    /// <summary>The sender's port; null for any.</summary>
    public int? FromPort { get; init; }

    /// <summary>The receiver's name; null for any.</summary>
    public string? To { get; init; }

    /// <summary>The receiver's port; null for any.</summary>
    public int? ToPort { get; init; }

    /// <summary>How long after the rule was added it begins.</summary>
    public TimeSpan After { get; init; }

    /// <summary>How long it lasts then; null for as long as it is not healed.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>The function that applies the rule, with a counter of its own.</summary>
    /// <param name="start">When the rule was added.</param>
    public FaultDecision ToDecision(TimeSpan start)
    {
        var begin = start + After;
        var end = For is { } duration ? begin + duration : TimeSpan.MaxValue;
        var count = 0L;
        return packet =>
        {
            if (packet.Time < begin || packet.Time >= end || !Matches(packet))
                return VirtualVerdict.Pass;
            count++;
            return count >= First && count <= Last && (count - First) % Every == 0 ? Verdict : VirtualVerdict.Pass;
        };
    }

    private bool Matches(in VirtualPacket packet) =>
        IsOfKind(packet) && packet.Length > LargerThan
        && IsAt(From, FromPort, packet.From, packet.FromPort) && IsAt(To, ToPort, packet.To, packet.ToPort);

    private static bool IsAt(string? host, int? port, string actualHost, int actualPort) =>
        (host is null || string.Equals(host, actualHost, StringComparison.OrdinalIgnoreCase))
        && (port is null || port == actualPort);

    private bool IsOfKind(in VirtualPacket packet) => Kind switch
    {
        PacketKind.Packet => true,
        PacketKind.Syn => packet.IsSyn,
        PacketKind.SynAck => packet.IsSynAck,
        PacketKind.Ack => packet.IsAck,
        PacketKind.Data => packet.IsData,
        PacketKind.Fin => packet.IsFin,
        _ => packet.IsRst,
    };
}
