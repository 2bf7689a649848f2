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
            .Append($"all={Style.AllEvents}");
        if (Count is { } count)
            parts = parts.Append(string.Create(CultureInfo.InvariantCulture, $"count={count}"));
        return string.Join('&', parts);
    }

    /// <summary>Reads a query; a value that is not known counts as absent.</summary>
    public static WatchRequest Read(IQueryCollection query) => new()
    {
        Filters = [.. query["filter"].OfType<string>()],
        Reasons = [.. query["reason"].Select(name => Enum.TryParse<ReasonId>(name, out var id) ? id : (ReasonId?)null)
            .OfType<ReasonId>()],
        Severity = Enum.TryParse<Severity>(query["severity"], out var severity) ? severity : Severity.Normal,
        Form = Enum.TryParse<EventForm>(query["form"], out var form) ? form : EventForm.Lines,
        Count = long.TryParse(query["count"], CultureInfo.InvariantCulture, out var count) ? count : null,
        Style = new LineStyle
        {
            Language = Enum.TryParse<Language>(query["lang"], out var language) ? language : Language.English,
            Width = int.TryParse(query["width"], CultureInfo.InvariantCulture, out var width) ? width : 0,
            Colors = IsSet(query, "colors"),
            Changes = IsSet(query, "changes"),
            Causes = IsSet(query, "causes"),
            AllEvents = IsSet(query, "all"),
        },
    };

    /// <summary>True when the request wants the event. A gap is always wanted.</summary>
    public bool Wants(ExplainedEvent explained, FilterList filters)
    {
        if (explained.Event.Kind == TraceEventKind.Gap)
            return true;
        return explained.Severity >= Severity && filters.Matches(SocketAddresses.Of(explained.Event))
            && (Reasons.Count == 0 || explained.Phrases.Any(phrase => Reasons.Contains(phrase.Reason.Id)));
    }

    private static bool IsSet(IQueryCollection query, string name) => query[name] == bool.TrueString;
}
