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
        new HalfCloseLesson(),
        new SimultaneousCloseLesson(),
        new TimeWaitLesson(),
        new ReliabilityLesson(),
        new UdpLesson(),
        new FlowControlLesson(),
        new CongestionLesson(),
        new RtoLesson(),
        new SackLesson(),
        new ResetLesson(),
        new SynFloodLesson(),
        new MythsLesson(),
    ];

    public static Lesson? Find(string name) => All.FirstOrDefault(lesson => lesson.Name == name);
}
