namespace UserTcp.Impairment;

/// <summary>
/// What triggers do to one packet: for each kind of fault the first trigger that names the packet. The default is
/// nothing.
/// </summary>
internal readonly record struct PacketStrikes
{
    private readonly TriggerRun? _run;
    private readonly Indexes _triggers;

    private PacketStrikes(TriggerRun run, Indexes triggers) => (_run, _triggers) = (run, triggers);

    /// <summary>True when no trigger names the packet.</summary>
    public bool IsNone => _run is null;

    /// <summary>Adds a trigger.</summary>
    public PacketStrikes With(TriggerRun run, int index)
    {
        var triggers = _triggers;
        ref var place = ref triggers[(int)KindOf(run.Triggers[index].Action)];
        if (place == 0)
            place = index + 1;
        return new PacketStrikes(run, triggers);
    }

    /// <summary>The trigger that gives the packet a fault of a kind; null for none.</summary>
    public LinkTrigger? Find(FaultKind kind) =>
        _run is not null && _triggers[(int)kind] is > 0 and var number ? _run.Triggers[number - 1] : null;

    /// <summary>The same trigger as <see cref="LinkImpairment.Parse"/> reads it; null for none.</summary>
    public string? NameOf(FaultKind kind) =>
        _run is not null && _triggers[(int)kind] is > 0 and var number ? _run.NameOf(number - 1) : null;

    /// <summary>Counts the fault as struck, if a trigger gave it.</summary>
    public void Count(FaultKind kind)
    {
        if (_run is not null && _triggers[(int)kind] is > 0 and var number)
            _run.CountStruck(number - 1);
    }

    private static FaultKind KindOf(LinkTriggerAction action) => action switch
    {
        LinkTriggerAction.Drop => FaultKind.Loss,
        LinkTriggerAction.Duplicate => FaultKind.Duplicate,
        LinkTriggerAction.Corrupt => FaultKind.Corrupt,
        LinkTriggerAction.Mark => FaultKind.Mark,
        _ => FaultKind.Reorder,
    };

    /// <summary>By <see cref="FaultKind"/>: the trigger's place in the list, from 1; 0 for none.</summary>
    [System.Runtime.CompilerServices.InlineArray((int)FaultKind.Mark + 1)]
    private struct Indexes
    {
        private int _first;
    }
}
