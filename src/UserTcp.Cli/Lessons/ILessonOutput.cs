namespace UserTcp.Cli.Lessons;

/// <summary>Presents a lesson: on a terminal, as JSON, or as a page.</summary>
internal interface ILessonOutput
{
    /// <summary>Presents the next item. Completes when the lesson may go on.</summary>
    Task EmitAsync(LessonItem item, CancellationToken cancellationToken);

    /// <summary>All lessons have been played.</summary>
    Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
