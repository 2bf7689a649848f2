namespace UserTcp.Cli.Lessons;

/// <summary>
/// A lesson runs TCP for real, shows what happened, and checks each of its claims in that run. It keeps no state: the
/// same object may be played many times.
/// </summary>
internal abstract class Lesson
{
    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Its title, in one line.</summary>
    public abstract Words Title { get; }

    /// <summary>All claims. A run checks each of them once.</summary>
    public abstract IReadOnlyList<Claim> Claims { get; }

    /// <summary>Plays the lesson.</summary>
    public abstract Task PlayAsync(LessonStage stage);
}
