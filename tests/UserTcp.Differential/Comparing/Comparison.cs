using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;

namespace UserTcp.Differential.Comparing;

/// <summary>How a script went on both stacks.</summary>
/// <param name="Script">The script.</param>
/// <param name="Unexplained">Where they first differ for no known reason; null when they do not.</param>
/// <param name="Engine">The engine's answers, as far as the script went.</param>
/// <param name="Linux">Linux's answers.</param>
/// <param name="Rules">The rules that explained differences, one for each.</param>
/// <param name="States">The states of the connection that steps met.</param>
internal sealed record Verdict(
    Script Script, Difference? Unexplained, IReadOnlyList<Answer> Engine, IReadOnlyList<Answer> Linux, IReadOnlyList<Rule> Rules,
    IReadOnlySet<string> States)
{
    /// <summary>A difference that is explained, but leads to different courses, ended the script early.</summary>
    public bool EndedEarly => Unexplained is null && Engine.Count < Script.Steps.Count;
}

/// <summary>Runs scripts on two stacks and compares, step by step.</summary>
internal static class Comparison
{
    /// <summary>A difference is one when it is there each time: the kernel's clock runs, and a machine may stand still.</summary>
    private const int Attempts = 3;

    public static Verdict Run(Script script, EngineStack engine, IStackUnderTest linux)
    {
        var verdict = RunOnce(script, engine, linux);
        for (var i = 1; i < Attempts && verdict.Unexplained is not null; i++)
            verdict = RunOnce(script, engine, linux);
        return verdict;
    }

    private static Verdict RunOnce(Script script, EngineStack engine, IStackUnderTest linux)
    {
        var (engineAnswers, linuxAnswers) = (new List<Answer>(), new List<Answer>());
        var rules = new List<Rule>();
        var states = new HashSet<string>();
        var history = new History();
        using var engineSession = new Session(engine, script);
        using var linuxSession = new Session(linux, script);
        foreach (var step in script.Steps)
        {
            var before = engine.Look();
            var place = engineSession.Locate(step);
            states.Add(before.State);
            // What is checked is checked by itself: see ScriptCheck.
            engineAnswers.Add(step.IsCheck ? Answer.None : engineSession.Do(step));
            linuxAnswers.Add(step.IsCheck ? Answer.None : linuxSession.Do(step));
            var rule = step is InjectStep inject ? Comparing.Rules.For(new Moment(before, inject, place!, history)) : null;
            history.Note(before, step, place);
            if (!engineAnswers[^1].IsLike(linuxAnswers[^1]))
            {
                var difference = new Difference(step, before, engine.Look(), place, engineAnswers[^1], linuxAnswers[^1], history.IsWindowShrunk, history.LargestWindow, history.HasOldAck);
                rule = Comparing.Rules.For(difference) ?? (difference.IsAboutData ? rule : null);
                if (rule is null)
                    return new Verdict(script, difference, engineAnswers, linuxAnswers, rules, states);
            }

            if (rule is null)
                continue;
            rules.Add(rule);
            if (!rule.GoesOn)
                break;
        }

        return new Verdict(script, null, engineAnswers, linuxAnswers, rules, states);
    }
}
