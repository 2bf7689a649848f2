using System.Globalization;
using Microsoft.AspNetCore.Http;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Filters;
using UserTcp.Engine.Contract;

namespace UserTcp.Cli.Control;

/// <summary>Which events a watcher wants, and how they look; as a query of /watch.</summary>
internal sealed record WatchRequest
{
    /// <summary>Filters of connections, all of which have to match.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>Reasons, one of which has to be given; empty for any.</summary>
    public IReadOnlyList<ReasonId> Reasons { get; init; } = [];

    /// <summary>The min severity.</summary>
    public Severity Severity { get; init; }

    /// <summary>The form of the events.</summary>
    public EventForm Form { get; init; }

    /// <summary>The watch ends after that many events; null for never.</summary>
    public long? Count { get; init; }

    /// <summary>A port of the stack whose connections are left out; null for none.</summary>
    public ushort? HiddenPort { get; init; }

    /// <summary>
    /// A line <c>{"kind":"alive","t":TIME}</c> each second without an event, so that the reader knows the stack's time.
    /// </summary>
    public bool HasBeat { get; init; }

    /// <summary>A word behind the last event says why the watch has ended (<see cref="WatchPage.EndMark"/>).</summary>
    public bool SaysEnd { get; init; }

    /// <summary>How lines look.</summary>
    public LineStyle Style { get; init; } = LineStyle.Plain;

    /// <summary>The query that <see cref="Read"/> reads.</summary>
    public string ToQuery()
    {
        var parts = Filters.Select(filter => $"filter={Uri.EscapeDataString(filter)}")
            .Concat(Reasons.Select(reason => $"reason={reason}"))
            .Append($"severity={Severity}").Append($"form={Form}").Append($"lang={Style.Language}")
            .Append(string.Create(CultureInfo.InvariantCulture, $"width={Style.Width}"))
            .Append($"colors={Style.Colors}").Append($"changes={Style.Changes}").Append($"causes={Style.Causes}")
            .Append($"all={Style.AllEvents}").Append($"end={SaysEnd}");
        if (Count is { } count)
            parts = parts.Append(string.Create(CultureInfo.InvariantCulture, $"count={count}"));
        return string.Join('&', parts);
    }

    /// <summary>
    /// Reads a query. Null for a value that this version does not know: another one may have sent it, and must not get
    /// something else than it has asked for.
    /// </summary>
    /// <param name="query">The query.</param>
    /// <param name="problem">Which value is not known.</param>
    public static WatchRequest? Read(IQueryCollection query, out string? problem)
    {
        var values = new QueryValues(query);
        var request = new WatchRequest
        {
            Filters = [.. query["filter"].OfType<string>()],
            Reasons = values.Names<ReasonId>("reason"),
            Severity = values.Name("severity", Severity.Normal),
            Form = values.Name("form", EventForm.Lines),
            SaysEnd = values.IsSet("end"),
            Count = values.Number("count", 1, long.MaxValue),
            Style = new LineStyle
            {
                Language = values.Name("lang", Language.English),
                Width = (int)(values.Number("width", 0, int.MaxValue) ?? 0),
                Colors = values.IsSet("colors"),
                Changes = values.IsSet("changes"),
                Causes = values.IsSet("causes"),
                AllEvents = values.IsSet("all"),
            },
        };
        problem = values.Problem;
        return problem is null ? request : null;
    }

    /// <summary>True when the request wants the event. A gap is always wanted.</summary>
    public bool Wants(ExplainedEvent explained, FilterList filters)
    {
        if (explained.Event.Kind == TraceEventKind.Gap)
            return true;
        if (explained.Event.Tuple.LocalPort.Value == HiddenPort)
            return false;
        return explained.Severity >= Severity && filters.Matches(SocketAddresses.Of(explained.Event))
            && (Reasons.Count == 0 || explained.Phrases.Any(phrase => Reasons.Contains(phrase.Reason.Id)));
    }
}
