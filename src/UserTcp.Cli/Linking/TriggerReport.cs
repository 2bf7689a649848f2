using UserTcp.Impairment;

namespace UserTcp.Cli.Linking;

/// <summary>Says on standard error which triggers of `--impair` struck no packet.</summary>
internal static class TriggerReport
{
    public static void Print(IReadOnlyList<LinkTriggerCount> triggers)
    {
        foreach (var trigger in triggers)
        {
            if (trigger.Problem is { } problem)
                Console.Error.WriteLine($"{CommandTree.Name}: {problem}");
        }
    }
}
