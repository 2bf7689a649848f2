using Microsoft.AspNetCore.Http;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Control;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Lab.Traffic;
using UserTcp.Cli.Services;
using UserTcp.Engine.State;
using UserTcp.Hosting;
using UserTcp.Impairment;

namespace UserTcp.Cli.Lab;

/// <summary>The data of the page: what the stack does, and what the reader does to it.</summary>
internal sealed class LabApi : IAsyncDisposable
{
    private readonly UserTcpStack _stack;
    private readonly LabSetup _setup;
    private readonly UserTcpOptions _options;
    private readonly PeerStates? _peers;
    private readonly ImpairmentPage? _impairment;
    private readonly TrafficPage? _traffic;
    private readonly LessonPage _lessons = new();
    private readonly SavePage _save;

    /// <param name="stack">The stack that the page shows, and is served over.</param>
    /// <param name="setup">How it was started.</param>
    /// <param name="options">Its options.</param>
    /// <param name="link">Its impaired link; null when the link cannot be impaired.</param>
    /// <param name="peers">The states of the kernel's ends; null where the kernel is not asked.</param>
    /// <param name="kept">What can be saved.</param>
    public LabApi(
        UserTcpStack stack, LabSetup setup, UserTcpOptions options, ImpairedDevice? link, PeerStates? peers,
        LabKept kept)
    {
        _save = new SavePage(kept, options.RecordFile);
        (_stack, _setup, _options, _peers) = (stack, setup, options, peers);
        _impairment = setup.IsLab && link is not null ? new ImpairmentPage(link, setup.Command) : null;
        _traffic = setup.IsLab ? new TrafficPage(new TrafficDesk(stack, options.KernelAddresses)) : null;
    }

    public ValueTask DisposeAsync()
    {
        _save.Dispose();
        return _traffic?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>Answers a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">Its path below /api.</param>
    public Task RunAsync(HttpContext context, PathString path)
    {
        if (_traffic is not null && path.StartsWithSegments("/traffic", StringComparison.Ordinal, out var rest))
            return _traffic.RunAsync(context, rest);
        if (path.StartsWithSegments("/lessons", StringComparison.Ordinal, out rest))
            return _lessons.RunAsync(context, rest, LabAnswer.LanguageOf(context.Request.Query));
        return (context.Request.Method, path.Value) switch
        {
            ("GET", "/lab") => LabAnswer.SendAsync(context, Notice(), LabJson.Default.LabNotice),
            ("GET", "/events") => WatchAsync(context),
            ("GET", "/connections") => LabAnswer.SendAsync(
                context, ConnectionRow.From(_stack), ControlJson.Default.ConnectionRowArray),
            ("GET", "/counters") => LabAnswer.SendAsync(
                context, ControlPages.Counters(_stack), ControlJson.Default.DictionaryStringInt64),
            ("GET", "/reasons") => LabAnswer.SendAsync(context, AllReasons(), LabJson.Default.ReasonRowArray),
            ("GET", "/transitions") => LabAnswer.SendAsync(
                context, AllTransitions(), LabJson.Default.TransitionRowArray),
            ("PUT", "/impairment") when _impairment is not null => _impairment.SetAsync(context),
            ("POST", "/ladder.svg") => PicturePage.DrawLadderAsync(context),
            ("POST", "/plot.svg") => PicturePage.DrawSequenceAsync(context),
            ("GET", "/kept") => _save.SendNoticeAsync(context),
            ("GET", "/capture.pcapng") => _save.SendCaptureAsync(context),
            ("GET", "/recording.utr") => _save.SendRecordingAsync(context),
            ("POST", "/replay") => _save.ReplayAsync(context, LabAnswer.LanguageOf(context.Request.Query)),
            ("POST", "/explain") => ExplainPage.RunAsync(context, LabAnswer.LanguageOf(context.Request.Query)),
            _ => LabAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "there is no such page"),
        };
    }

    /// <summary>What is seen is kept, too.</summary>
    private async Task WatchAsync(HttpContext context)
    {
        using var watch = _save.Watch();
        await WatchPage.RunAsync(context, _stack, Request(context.Request.Query), _peers);
    }

    private static WatchRequest Request(IQueryCollection query) => new()
    {
        Form = EventForm.Json,
        Style = LineStyle.Plain with { AllEvents = true, Language = LabAnswer.LanguageOf(query) },
        HiddenPort = query["own"] == "1" ? null : LabPage.Port,
        HasBeat = true,
    };

    private static ReasonRow[] AllReasons() =>
    [
        .. Reasons.All.Select(reason => new ReasonRow(
            reason.Id.ToString(), reason.Source, reason.Severity.ToString().ToLowerInvariant(), reason.Wireshark,
            reason.English, reason.Korean)),
    ];

    private static TransitionRow[] AllTransitions() =>
    [
        .. Transitions.All.Select(one => new TransitionRow(
            SegmentLine.State(one.From), SegmentLine.State(one.To), one.Trigger)),
    ];

    private LabNotice Notice() => new()
    {
        Device = _stack.DeviceName,
        Addresses = [.. _stack.Addresses.Select(address => address.ToString())],
        KernelAddresses = [.. _options.KernelAddresses],
        Pid = Environment.ProcessId,
        Version = CommandTree.Version,
        CongestionControl = CheckedOptions.Name(_options.Engine.CongestionControl),
        Impairment = _impairment?.Current,
        Services = [.. _setup.Services.Select(name => new ServiceRow(name, ServiceCatalog.PortOf(name)))],
        CanBreak = _impairment is not null,
        CanMakeTraffic = _traffic is not null,
        Command = _setup.Command,
    };
}
