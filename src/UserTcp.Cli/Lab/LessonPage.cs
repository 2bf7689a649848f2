using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using UserTcp.Capture.Explaining;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Lessons;

namespace UserTcp.Cli.Lab;

/// <summary>
/// /api/lessons: lists lessons, and plays one (POST /api/lessons/handshake). `usertcp lesson --json` plays it, as a
/// child in namespaces of its own, and its lines are the answer.
/// </summary>
internal sealed class LessonPage
{
    /// <summary>Max lessons that are played at once.</summary>
    private const int MaxPlayed = 2;

    private int _played;

    /// <param name="context">The request.</param>
    /// <param name="path">Its path below /api/lessons.</param>
    /// <param name="language">The language of titles in the list, and of sentences of events.</param>
    public Task RunAsync(HttpContext context, PathString path, Language language)
    {
        var name = (path.Value ?? "").Trim('/');
        return (context.Request.Method, name) switch
        {
            ("GET", "") => LabAnswer.SendAsync(
                context,
                [.. LessonCatalog.All.Select(one => new LessonRow(one.Name, one.Title.In(language), one.Claims.Count))],
                LabJson.Default.LessonRowArray),
            ("POST", _) when LessonCatalog.Find(name) is { } lesson => PlayAsync(context, lesson, language),
            _ => LabAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "there is no such lesson"),
        };
    }

    private async Task PlayAsync(HttpContext context, Lesson lesson, Language language)
    {
        try
        {
            await (Interlocked.Increment(ref _played) <= MaxPlayed
                ? SendAsync(context, lesson, language)
                : LabAnswer.RefuseAsync(
                    context, StatusCodes.Status409Conflict, $"{MaxPlayed} lessons are played: wait for one of them"));
        }
        finally
        {
            Interlocked.Decrement(ref _played);
        }
    }

    private static async Task SendAsync(HttpContext context, Lesson lesson, Language language)
    {
        string[] commandLine =
        [
            .. Isolation.OwnCommandLine(
                ["lesson", lesson.Name, "--json", "--lang", language == Language.Korean ? "ko" : "en"]),
        ];
        using var child = Process.Start(new ProcessStartInfo(commandLine[0], commandLine[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            child.StandardInput.Close();
            context.Response.ContentType = "application/x-ndjson";
            await context.Response.StartAsync(context.RequestAborted);
            // Each line when it comes: a lesson takes seconds.
            var buffer = new byte[32 << 10];
            while (await child.StandardOutput.BaseStream.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
            await child.WaitForExitAsync(context.RequestAborted);
        }
        finally
        {
            if (!child.HasExited)
                child.Kill(entireProcessTree: true);
        }
    }
}
