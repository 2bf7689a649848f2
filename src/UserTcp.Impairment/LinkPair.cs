namespace UserTcp.Impairment;

/// <summary>
/// What the two directions of a link share: triggers, which have to see the packets of both, and the observer. Any
/// thread.
/// </summary>
internal sealed class LinkPair
{
    private readonly Lock _gate = new();
    private volatile Runs _runs = new(null, null);
    private volatile ILinkObserver? _observer;

    /// <summary>Gets the verdicts; null for nobody.</summary>
    public ILinkObserver? Observer
    {
        get => _observer;
        set => _observer = value;
    }

    /// <summary>What has become of the triggers of both directions.</summary>
    public IReadOnlyList<LinkTriggerCount> TriggerCounts =>
        [.. _runs.Distinct.SelectMany(run => run.Counts)];

    /// <summary>
    /// Sets the triggers of one direction, which begin anew unless they are those that the direction has. The object
    /// that the opposite direction has counts the packets of both.
    /// </summary>
    /// <param name="side">0 out of the stack, 1 to it.</param>
    /// <param name="triggers">The triggers.</param>
    public void SetTriggers(int side, LinkTriggers triggers)
    {
        lock (_gate)
        {
            var (own, other) = side == 0 ? (_runs.Out, _runs.In) : (_runs.In, _runs.Out);
            if (triggers.Count == 0)
                own = null;
            else if (!ReferenceEquals(own?.Triggers, triggers))
                own = ReferenceEquals(other?.Triggers, triggers) ? other : new TriggerRun(triggers);
            _runs = side == 0 ? new Runs(own, other) : new Runs(other, own);
        }
    }

    /// <summary>Shows a packet to the triggers, and returns what they do to it.</summary>
    public PacketStrikes Count(int side, ReadOnlySpan<byte> packet)
    {
        var runs = _runs;
        if (runs.Out is null && runs.In is null)
            return default;
        var direction = side == 0 ? LinkTriggerDirection.FromStack : LinkTriggerDirection.ToStack;
        var (own, other) = side == 0 ? (runs.Out, runs.In) : (runs.In, runs.Out);
        if (other != own)
            other?.Count(packet, direction, isActive: false);
        return own?.Count(packet, direction, isActive: true) ?? default;
    }

    private sealed record Runs(TriggerRun? Out, TriggerRun? In)
    {
        public IEnumerable<TriggerRun> Distinct
        {
            get
            {
                if (Out is not null)
                    yield return Out;
                if (In is not null && In != Out)
                    yield return In;
            }
        }
    }
}
