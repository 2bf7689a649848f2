using UserTcp.Capture.Explaining;
using UserTcp.Cli.Control;
using UserTcp.Cli.Filters;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Replaying;

/// <summary>A recording that is replayed from event to event: each explained, and which are wanted.</summary>
internal sealed class ReplayRun : IDisposable
{
    private readonly UserTcpReplay _replay;
    private readonly WatchRequest _request;
    private readonly FilterList _filters;
    private EventExplainer _explainer = new();

    public ReplayRun(UserTcpReplay replay, WatchRequest request)
    {
        (_replay, _request) = (replay, request);
        _filters = FilterList.Parse([.. request.Filters], out _)!;
    }

    public UserTcpReplay Replay => _replay;

    /// <summary>The last event of <see cref="TryNext"/>; null before the first one.</summary>
    public ExplainedEvent? Current { get; private set; }

    /// <summary>The loss that this run leaves out; null for none.</summary>
    public long? Without { get; private set; }

    /// <summary>The next event; null at the end.</summary>
    public ExplainedEvent? TryNext()
    {
        if (!_replay.TryRead(out var traceEvent))
            return null;
        Current = _explainer.Explain(traceEvent);
        return Current;
    }

    /// <summary>True for events of the connections that the command line asks for.</summary>
    public bool IsWanted(ExplainedEvent explained) => _request.Wants(explained, _filters);

    /// <summary>Begins again, with all losses or without one.</summary>
    public void Restart(long? without)
    {
        try
        {
            _replay.Restart(without);
        }
        catch (ArgumentException exception)
        {
            _replay.Restart(Without);
            throw new CommandException(ExitCode.Usage, $"--without: {exception.Message}");
        }
        finally
        {
            _explainer = new EventExplainer();
            Current = null;
        }

        Without = without;
    }

    /// <summary>STATUS of the connection of an event, after the input that has caused the event.</summary>
    public ConnectionSnapshot? SnapshotOf(ExplainedEvent explained) =>
        _replay.GetConnections().FirstOrDefault(snapshot => snapshot.Tuple == explained.Event.Tuple);

    public void Dispose() => _replay.Dispose();
}

/// <summary>Where a replay stops.</summary>
/// <param name="Number">At the event with that number.</param>
/// <param name="Reason">At an event with that reason.</param>
/// <param name="State">Where a connection enters that state.</param>
internal sealed record StopPoint(long? Number = null, ReasonId? Reason = null, TcpState? State = null)
{
    public bool IsNone => this is { Number: null, Reason: null, State: null };

    public bool IsAt(ExplainedEvent explained) =>
        explained.Event.Number == Number
        || (Reason is { } reason && explained.Phrases.Any(phrase => phrase.Reason.Id == reason))
        || (State is { } state && explained.Event is { Kind: TraceEventKind.State } change && change.State.To == state);

    public override string ToString() =>
        Number is { } number ? $"event {number}" : Reason is { } reason ? $"reason {reason}" : $"state {State}";
}
