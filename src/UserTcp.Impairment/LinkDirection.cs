namespace UserTcp.Impairment;

/// <summary>
/// What all queues of one direction of a link share: the impairment in force, the flows and the counters. Any thread
/// may use it; <see cref="Mtu"/> is set by one thread, while no other sets <see cref="Impairment"/>.
/// </summary>
/// <param name="impairment">The impairment at the start.</param>
/// <param name="number">The direction's number.</param>
/// <param name="flows">Numbers packets by flow; null numbers them all together.</param>
internal sealed class LinkDirection(LinkImpairment impairment, int number, FlowTable? flows = null)
{
    private readonly LinkFlow _whole = new((ulong)number);
    private volatile ImpairmentInForce _inForce = new(impairment, new Bottleneck(impairment));
    private LinkPair _pair = PairOf(impairment);
    private int _side;

    /// <summary>The direction's number.</summary>
    public int Number => number;

    /// <summary>What this direction has done so far.</summary>
    public LinkCounters Counters { get; } = new();

    /// <summary>The impairment with the queue that it has.</summary>
    public ImpairmentInForce InForce => _inForce;

    /// <summary>The impairment. A new one starts with an empty queue.</summary>
    public LinkImpairment Impairment
    {
        get => _inForce.Impairment;
        set
        {
            _pair.SetTriggers(_side, value.Triggers);
            _inForce = new ImpairmentInForce(value, new Bottleneck(value));
        }
    }

    /// <summary>What this direction shares with the opposite one.</summary>
    public LinkPair Pair => _pair;

    /// <summary>True for the direction out of the stack.</summary>
    public bool IsOutbound => _side == 0;

    /// <summary>See <see cref="LinkImpairment.Mtu"/>. A change keeps the queue.</summary>
    public int? Mtu
    {
        get => Impairment.Mtu;
        set => _inForce = _inForce with { Impairment = Impairment with { Mtu = value } };
    }

    /// <summary>
    /// Makes another direction the opposite one, before the first packet: this one is out of the stack, and that one to
    /// it.
    /// </summary>
    public void PairWith(LinkDirection opposite)
    {
        (opposite._pair, opposite._side) = (_pair, 1);
        _pair.SetTriggers(1, opposite.Impairment.Triggers);
    }

    /// <summary>Shows a packet to the triggers, and returns what they do to it.</summary>
    public PacketStrikes CountForTriggers(ReadOnlySpan<byte> frame) => _pair.Count(_side, frame);

    /// <summary>Counts a packet and returns which one it is.</summary>
    public PacketIdentity CountPacket(ReadOnlySpan<byte> frame)
    {
        var onLink = _whole.Count();
        Counters.CountPacket();
        if (flows is null)
            return new PacketIdentity(_whole, onLink, onLink);
        var flow = flows.GetOrAdd(frame);
        return new PacketIdentity(flow, flow.Count(), onLink);
    }

    private static LinkPair PairOf(LinkImpairment impairment)
    {
        var pair = new LinkPair();
        pair.SetTriggers(0, impairment.Triggers);
        return pair;
    }
}

/// <summary>An impairment, and the queue before its rate.</summary>
internal sealed record ImpairmentInForce(LinkImpairment Impairment, Bottleneck Bottleneck);
