namespace UserTcp.Impairment;

/// <summary>Triggers at work: sees the packets of both directions, and counts them by connection. Any thread.</summary>
internal sealed class TriggerRun(LinkTriggers triggers)
{
    private readonly Lock _gate = new();
    private readonly PacketClassifier _classifier = new();
    private readonly string[] _names = [.. triggers.Select(trigger => trigger.ToString())];
    private readonly long[] _matched = new long[triggers.Count];
    private readonly long[] _struck = new long[triggers.Count];

    /// <summary>The triggers.</summary>
    public LinkTriggers Triggers => triggers;

    /// <summary>What has become of the triggers.</summary>
    public IEnumerable<LinkTriggerCount> Counts => triggers.Select(
        (trigger, index) => new LinkTriggerCount(
            trigger, Interlocked.Read(ref _matched[index]), Interlocked.Read(ref _struck[index])));

    /// <summary>A trigger as <see cref="LinkImpairment.Parse"/> reads it.</summary>
    public string NameOf(int index) => _names[index];

    /// <summary>Counts a packet that a trigger has struck.</summary>
    public void CountStruck(int index) => Interlocked.Increment(ref _struck[index]);

    /// <summary>Counts a packet, and returns what is to happen to it.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="direction">Its direction.</param>
    /// <param name="isActive">False when its direction has other triggers: the packet is only remembered.</param>
    public PacketStrikes Count(ReadOnlySpan<byte> packet, LinkTriggerDirection direction, bool isActive)
    {
        lock (_gate)
        {
            var facts = _classifier.Classify(packet, out var connection);
            return connection is null || !isActive
                ? default
                : Count(facts, connection.Counts ??= new long[triggers.Count], direction);
        }
    }

    private PacketStrikes Count(in PacketFacts facts, long[] counts, LinkTriggerDirection direction)
    {
        var strikes = default(PacketStrikes);
        for (var index = 0; index < triggers.Count; index++)
        {
            var trigger = triggers[index];
            if ((trigger.Direction != LinkTriggerDirection.Both && trigger.Direction != direction)
                || !facts.IsOfKind(trigger.Packets) || !trigger.Packets.Includes(++counts[index]))
            {
                continue;
            }

            Interlocked.Increment(ref _matched[index]);
            strikes = strikes.With(this, index);
        }

        return strikes;
    }
}
