using System.Globalization;
using Microsoft.AspNetCore.Http;
using UserTcp.Capture.Explaining;
using UserTcp.Capture.Pictures;

namespace UserTcp.Cli.Lab;

/// <summary>
/// /api/ladder.svg and /api/plot.svg: pictures of the events in the body, a JSON object a line. `usertcp plot` draws
/// the same.
/// </summary>
internal static class PicturePage
{
    private const int MaxLength = 64 << 20;

    public static Task DrawLadderAsync(HttpContext context) => DrawAsync(
        context, (events, width) => LadderPicture.Draw(
            events,
            new LadderPictureOptions { Width = width, Language = LabAnswer.LanguageOf(context.Request.Query) }));

    public static Task DrawSequenceAsync(HttpContext context)
    {
        var direction = context.Request.Query["direction"] == "in" ? DataDirection.In : DataDirection.Out;
        return DrawAsync(context, (events, width) => TimeSequencePicture.Draw(
            events, new TimeSequenceOptions { Width = width, Direction = direction }));
    }

    private static async Task DrawAsync(
        HttpContext context, Func<IReadOnlyList<ExplainedEvent>, int, string> draw)
    {
        if (await RequestBody.ReadAsync(context, MaxLength) is not { } body)
            return;
        try
        {
            using var reader = new StreamReader(body);
            var events = EventJsonReader.Read(reader);
            context.Response.ContentType = "image/svg+xml";
            await context.Response.WriteAsync(draw(events, WidthOf(context.Request.Query)), context.RequestAborted);
        }
        catch (FormatException exception)
        {
            await LabAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, exception.Message);
        }
    }

    private static int WidthOf(IQueryCollection query) =>
        int.TryParse(query["width"], NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            ? Math.Clamp(width, LadderPictureOptions.MinWidth, LadderPictureOptions.MaxWidth)
            : new LadderPictureOptions().Width;
}
