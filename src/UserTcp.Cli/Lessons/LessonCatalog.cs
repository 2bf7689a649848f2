using UserTcp.Cli.Lessons.Contents;

namespace UserTcp.Cli.Lessons;

/// <summary>All lessons, in the order in which they build on each other.</summary>
internal static class LessonCatalog
{
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new HandshakeLesson(),
        new LostHandshakeLesson(),
        new CloseLesson(),
    ];

    public static Lesson? Find(string name) => All.FirstOrDefault(lesson => lesson.Name == name);
}
