namespace UserTcp.Cli.Lessons;

/// <summary>Presents a lesson: on a terminal, or as JSON for a page.</summary>
internal interface ILessonOutput
{
    /// <summary>Presents the next item. Completes when the lesson may go on.</summary>
    Task EmitAsync(LessonItem item, CancellationToken cancellationToken);
}
