namespace UserTcp.Cli.Lessons;

/// <summary>A lesson cannot go on: what it waits for has not come.</summary>
internal sealed class LessonException(string message) : Exception(message);
