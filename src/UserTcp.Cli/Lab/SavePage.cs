using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Replaying;

namespace UserTcp.Cli.Lab;

/// <summary>
/// /api/kept: how much a page can save. /api/capture.pcapng and /api/recording.utr: that. /api/replay?without=N: the
/// connection of a loss, as `usertcp replay --without N` runs it again; a JSON object a line.
/// </summary>
/// <param name="kept">What is kept.</param>
/// <param name="recordFile">The file that gets the recording instead; null for none.</param>
internal sealed class SavePage(LabKept kept, string? recordFile) : IDisposable
{
    /// <summary>The name of a recording that is saved.</summary>
    private const string FileName = "lab.utr";

    private readonly SemaphoreSlim _replays = new(1);

    public void Dispose() => _replays.Dispose();

    /// <summary>Keeps frames until the result is disposed.</summary>
    public IDisposable Watch() => kept.Ring.Begin();

    /// <summary>Answers how much is kept.</summary>
    public Task SendNoticeAsync(HttpContext context) => LabAnswer.SendAsync(
        context,
        new KeptNotice(
            kept.Ring.Frames, kept.Ring.DroppedFrames, LabKept.MaxFrameBytes, ProblemWithRecording() is null,
            recordFile is null && kept.Recording is { Error: not null }, kept.MaxRecordingBytes),
        LabJson.Default.KeptNotice);

    /// <summary>Answers with the capture.</summary>
    public async Task SendCaptureAsync(HttpContext context)
    {
        using var file = new MemoryStream();
        await Task.Run(() => kept.Ring.Write(file));
        context.Response.ContentType = "application/octet-stream";
        await context.Response.Body.WriteAsync(file.ToArray(), context.RequestAborted);
    }

    /// <summary>Answers with the recording as it is now; 409 when it has ended, or was never made.</summary>
    public async Task SendRecordingAsync(HttpContext context)
    {
        if (ProblemWithRecording() is { } problem)
        {
            await LabAnswer.RefuseAsync(context, StatusCodes.Status409Conflict, problem);
            return;
        }

        await using var file = Open();
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = file.Length;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <summary>Answers with the connection of a loss as if the frame had not been lost.</summary>
    public async Task ReplayAsync(HttpContext context, Language language)
    {
        if (!long.TryParse(context.Request.Query["without"], CultureInfo.InvariantCulture, out var number))
        {
            await LabAnswer.RefuseAsync(
                context, StatusCodes.Status400BadRequest, "write the number of an event, as in ?without=12");
            return;
        }

        if (recordFile is null && kept.Recording is null)
        {
            await LabAnswer.RefuseAsync(context, StatusCodes.Status409Conflict, ProblemWithRecording()!);
            return;
        }

        await _replays.WaitAsync(context.RequestAborted);
        try
        {
            await Task.Run(() => ReplayAsync(context, number, language));
        }
        catch (Exception exception) when (exception is CommandException or InvalidDataException)
        {
            var hint = recordFile is null && kept.Recording!.Error is not null ? $"; {ProblemWithRecording()}" : "";
            if (!context.Response.HasStarted)
                await LabAnswer.RefuseAsync(context, StatusCodes.Status409Conflict, exception.Message + hint);
        }
        finally
        {
            _replays.Release();
        }
    }

    private async Task ReplayAsync(HttpContext context, long number, Language language)
    {
        using var replay = UserTcpReplay.Open(Open());
        var comparison = LossComparison.Find(replay, number);
        Restart(replay, comparison.Verdict);
        context.Response.ContentType = "application/x-ndjson";
        await WriteAsync(context, JsonSerializer.Serialize(
            new ReplayNotice(
                comparison.Verdict, comparison.IsOutbound,
                $"usertcp replay {recordFile ?? FileName} --without {number}"),
            LabJson.Default.ReplayNotice));
        var explainer = new EventExplainer();
        while (!context.RequestAborted.IsCancellationRequested && replay.TryRead(out var traceEvent))
        {
            comparison.Add(traceEvent);
            var explained = explainer.Explain(traceEvent);
            if (comparison.IsOf(traceEvent))
                await WriteAsync(context, EventJson.Format(explained, language));
        }

        await WriteAsync(context, JsonSerializer.Serialize(
            new ReplayTotals(comparison.Recorded, comparison.Without), LabJson.Default.ReplayTotals));
    }

    private static void Restart(UserTcpReplay replay, long verdict)
    {
        try
        {
            replay.Restart(verdict);
        }
        catch (ArgumentException exception)
        {
            throw new CommandException(ExitCode.Usage, exception.Message);
        }
    }

    private static Task WriteAsync(HttpContext context, string line) =>
        context.Response.WriteAsync(line + "\n", context.RequestAborted);

    private SoFarStream Open() => new(recordFile is null
        ? kept.OpenRecording()
        : new FileStream(recordFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));

    /// <summary>Why there is no recording to save; null when there is one.</summary>
    private string? ProblemWithRecording()
    {
        if (recordFile is not null)
            return null;
        if (kept.Recording is not { } recording)
            return "only a lab records its stack: start 'usertcp lab --open', or this stack with --record FILE";
        return recording.Error is null
            ? null
            : $"the recording of this lab has ended at its limit of {kept.MaxRecordingBytes >> 20} MiB: start it "
                + "again, or with --record FILE --record-max MIB for more";
    }
}
