namespace UserTcp.Impairment;

/// <summary>
/// A fault that happens to packets by their number, not by chance, such as <c>drop=fin:1</c>. In each connection it
/// strikes each packet that it names once. A connection is two addresses with two ports; a SYN with another ISN begins
/// a new one, where packets are numbered from 1 again.
/// </summary>
/// <param name="Action">What happens to the packet.</param>
/// <param name="Packets">Which packets it names.</param>
public sealed record LinkTrigger(LinkTriggerAction Action, PacketPattern Packets)
{
    /// <summary>How much later the packet arrives; for <see cref="LinkTriggerAction.Hold"/> only.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Which direction's packets count.</summary>
    public LinkTriggerDirection Direction { get; init; }

    /// <summary>The trigger as <see cref="LinkImpairment.Parse"/> reads it.</summary>
    public override string ToString() => TriggerParser.Format(this);
}

/// <summary>What a trigger does to a packet.</summary>
public enum LinkTriggerAction
{
    /// <summary><c>drop=</c>: the packet is lost.</summary>
    Drop,

    /// <summary><c>hold=</c>: the packet arrives later, and those behind it do not wait.</summary>
    Hold,

    /// <summary><c>dup=</c>: the packet arrives twice.</summary>
    Duplicate,

    /// <summary>
    /// <c>reorder=</c>: the packet arrives later by <see cref="LinkImpairment.ReorderDelay"/>, and those behind it do
    /// not wait.
    /// </summary>
    Reorder,

    /// <summary><c>corrupt=</c>: 1 to 16 bits of the packet are inverted.</summary>
    Corrupt,

    /// <summary><c>mark=</c>: the packet gets CE. It has to be ECN-capable (RFC 3168 section 5).</summary>
    Mark,
}

/// <summary>Which packets of a link a trigger counts.</summary>
public enum LinkTriggerDirection
{
    /// <summary>Those of both directions together, when one impairment is that of both.</summary>
    Both,

    /// <summary><c>from-stack</c>: those that the stack behind an <see cref="ImpairedDevice"/> sends.</summary>
    FromStack,

    /// <summary><c>to-stack</c>: those on their way to that stack.</summary>
    ToStack,
}

/// <summary>A trigger, and what has become of it.</summary>
/// <param name="Trigger">The trigger.</param>
/// <param name="Matched">Packets that it named.</param>
/// <param name="Struck">
/// Packets that it struck: fewer when a full queue dropped one, or one to mark was not ECN-capable.
/// </param>
public readonly record struct LinkTriggerCount(LinkTrigger Trigger, long Matched, long Struck)
{
    /// <summary>What a user has to know about a trigger that struck no packet; null when it struck one.</summary>
    public string? Problem => (Matched, Struck) switch
    {
        (0, _) => $"the trigger {Trigger} never matched a packet",
        (_, 0) when Trigger.Action == LinkTriggerAction.Mark =>
            $"the trigger {Trigger} matched a packet, but marked none: it was not ECN-capable",
        (_, 0) => $"the trigger {Trigger} matched a packet, but did nothing: another trigger or a limit of the link "
            + "came first",
        _ => null,
    };
}
