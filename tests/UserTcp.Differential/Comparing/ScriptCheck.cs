using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;

namespace UserTcp.Differential.Comparing;

/// <summary>Runs a script with expectations on one stack.</summary>
internal static class ScriptCheck
{
    /// <summary>The first failed expectation; null when all hold.</summary>
    public static string? Run(Script script, IStackUnderTest stack, StackKind kind)
    {
        using var session = new Session(stack, script);
        var last = Answer.None;
        var sent = new Queue<SentSegment>();
        foreach (var step in script.Steps.Where(step => step.For == StackKind.Both || step.For == kind))
        {
            if (!step.IsCheck)
            {
                if (sent.Count > 0)
                    return $"line {step.Line}: before '{step}' came, unexpected: {string.Join("; ", sent)}";
                last = session.Do(step);
                last.Sent.ToList().ForEach(sent.Enqueue);
            }

            if (Check(step, last, sent) is { } problem)
                return $"line {step.Line}: {step}: {problem}";
        }

        return sent.Count > 0 ? $"at the end, unexpected: {string.Join("; ", sent)}" : null;
    }

    private static string? Check(Step step, Answer last, Queue<SentSegment> sent)
    {
        switch (step)
        {
            case CallStep { Result: { } result } when result != last.Result:
                return $"returned {last.Result}";
            case ExpectStep { Segment: null }:
                return sent.Count == 0 ? null : $"came {string.Join("; ", sent)}";
            case ExpectStep { Segment: { } expected }:
                if (!sent.TryDequeue(out var segment))
                    return "nothing came";
                return segment.Matches(expected) ? null : $"came {segment}";
            case ExpectStateStep { State: var state }:
                return state == last.State ? null : $"it is {last.State}";
            default:
                return null;
        }
    }
}
