using System.Text;
using Microsoft.AspNetCore.Http;
using UserTcp.Capture;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Cli.Explaining;

namespace UserTcp.Cli.Lab;

/// <summary>
/// /api/explain: the events of a capture or a recording in the body, a JSON object a line, as `usertcp explain --json
/// --all` and `usertcp replay --json --all` print them.
/// </summary>
internal static class ExplainPage
{
    private const int MaxLength = 64 << 20;

    /// <summary>Characters that are sent together at most.</summary>
    private const int MaxBatch = 32 << 10;

    public static async Task RunAsync(HttpContext context, Language language)
    {
        if (await RequestBody.ReadAsync(context, MaxLength) is not { } body)
            return;
        try
        {
            await SendAsync(context, Read(body, context.RequestAborted), language);
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            // Behind the first batch the client sees that the answer ends early.
            if (context.Response.HasStarted)
                context.Abort();
            else
                await LabAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, exception.Message);
        }
    }

    private static async Task SendAsync(HttpContext context, IEnumerable<ExplainedEvent> events, Language language)
    {
        var text = new StringBuilder();
        foreach (var explained in events)
        {
            text.Append(EventJson.Format(explained, language)).Append('\n');
            if (text.Length >= MaxBatch)
                await FlushAsync(context, text);
        }

        await FlushAsync(context, text);
    }

    private static Task FlushAsync(HttpContext context, StringBuilder text)
    {
        if (!context.Response.HasStarted)
            context.Response.ContentType = "application/x-ndjson";
        var batch = text.ToString();
        text.Clear();
        return context.Response.WriteAsync(batch, context.RequestAborted);
    }

    private static IEnumerable<ExplainedEvent> Read(MemoryStream body, CancellationToken cancellationToken)
    {
        return CaptureReader.IsCapture(body.GetBuffer().AsSpan(0, (int)Math.Min(body.Length, sizeof(uint))))
            ? new CapturedFile("the file", body, infers: false, cancellationToken)
                .Conversations(new ConversationChoice(connection: null, side: null, filters: []))
                .SelectMany(conversation => conversation.Events)
            : Replay(body, cancellationToken);
    }

    private static IEnumerable<ExplainedEvent> Replay(MemoryStream body, CancellationToken cancellationToken)
    {
        using var replay = UserTcpReplay.Open(body);
        var explainer = new EventExplainer();
        while (!cancellationToken.IsCancellationRequested && replay.TryRead(out var traceEvent))
            yield return explainer.Explain(traceEvent);
    }
}
