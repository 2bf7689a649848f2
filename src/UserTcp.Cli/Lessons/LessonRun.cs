using System.Net.Sockets;

namespace UserTcp.Cli.Lessons;

/// <summary>Plays a lesson from its title to its result.</summary>
internal static class LessonRun
{
    /// <summary>The limit of a lesson. It takes seconds.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Plays it; true when each of its claims was checked and holds.</summary>
    public static async Task<bool> PlayAsync(
        Lesson lesson, ILessonOutput output, CancellationToken cancellationToken, string sabotage = "")
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        var stage = new LessonStage(lesson, output, limited.Token, sabotage);
        await output.EmitAsync(new StartItem(lesson), cancellationToken);
        string? problem;
        try
        {
            await lesson.PlayAsync(stage);
            problem = stage.Unchecked.FirstOrDefault() is { } claim ? $"not checked: {claim.English}" : null;
        }
        catch (Exception exception) when (exception is LessonException or SocketException or IOException)
        {
            problem = exception.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problem = $"the lesson did not end within {Limit.TotalMinutes} minutes";
        }

        await output.EmitAsync(new EndItem(lesson, stage.Held, problem), cancellationToken);
        return problem is null && stage.Held == lesson.Claims.Count;
    }
}
