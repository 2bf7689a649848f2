using UserTcp.Impairment;

namespace UserTcp.Testing.Faults;

/// <summary>
/// A fault as a rule: what it does, to which packets, between which hosts, when. The packets that match are numbered
/// from 1, in all connections together.
/// </summary>
internal sealed record FaultRule
{
    /// <summary>What happens.</summary>
    public required VirtualVerdict Verdict { get; init; }

    /// <summary>Which kind of packet, and which numbers.</summary>
    public PacketPattern Packets { get; init; } = new();

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

    /// <summary>The hosts that the rule names.</summary>
    public IReadOnlyList<string> Hosts => [.. new[] { Verdict.Host, From, To }.OfType<string>()];

    /// <summary>The function that applies the rule, with a counter of its own.</summary>
    /// <param name="start">When the rule was added.</param>
    public FaultDecision ToDecision(TimeSpan start)
    {
        var begin = start + After;
        var end = For is { } duration ? begin + duration : TimeSpan.MaxValue;
        var count = 0L;
        var classifier = Packets.NeedsConnection ? new PacketClassifier() : null;
        return packet =>
        {
            // First: the classifier has to see every packet of a connection.
            var facts = classifier?.Classify(packet.Bytes) ?? packet.Facts;
            if (packet.Time < begin || packet.Time >= end || !facts.IsOfKind(Packets) || !Matches(packet))
                return VirtualVerdict.Pass;
            return Packets.Includes(++count) ? Verdict : VirtualVerdict.Pass;
        };
    }

    private bool Matches(in VirtualPacket packet) =>
        packet.Length > LargerThan
        && IsAt(From, FromPort, packet.From, packet.FromPort) && IsAt(To, ToPort, packet.To, packet.ToPort);

    private static bool IsAt(string? host, int? port, string actualHost, int actualPort) =>
        (host is null || string.Equals(host, actualHost, StringComparison.OrdinalIgnoreCase))
        && (port is null || port == actualPort);
}
