using UserTcp.Capture.Explaining;

namespace UserTcp.Cli.Lessons;

/// <summary>One thing that a lesson shows; an <see cref="ILessonOutput"/> presents it.</summary>
internal abstract record LessonItem;

/// <summary>A lesson begins.</summary>
internal sealed record StartItem(Lesson Lesson) : LessonItem;

/// <summary>A paragraph.</summary>
internal sealed record ParagraphItem(Words Words) : LessonItem;

/// <summary>A question. An output with a reader waits for the reader's answer.</summary>
internal sealed record AskItem(Question Question) : LessonItem;

/// <summary>The events of a connection.</summary>
/// <param name="Caption">What they show.</param>
/// <param name="Events">The events, in their order.</param>
/// <param name="Omitted">How many events of the connection are left out.</param>
internal sealed record EventsItem(Words Caption, IReadOnlyList<ExplainedEvent> Events, int Omitted) : LessonItem;

/// <summary>A table.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Heading">The names of the columns.</param>
/// <param name="Rows">The rows.</param>
internal sealed record TableItem(
    Words Caption, IReadOnlyList<Words> Heading, IReadOnlyList<IReadOnlyList<Words>> Rows) : LessonItem;

/// <summary>A claim with its result.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Holds">The check's result.</param>
/// <param name="Seen">What the check has seen.</param>
internal sealed record ClaimItem(Claim Claim, bool Holds, Words Seen) : LessonItem;

/// <summary>A lesson has ended.</summary>
/// <param name="Lesson">The lesson.</param>
/// <param name="Held">How many of its claims hold.</param>
/// <param name="Problem">Why it ended before its end; null when it did not.</param>
internal sealed record EndItem(Lesson Lesson, int Held, string? Problem) : LessonItem;
