using UserTcp.Differential.Scripts;
using UserTcp.Differential.Stacks;

namespace UserTcp.Differential.Comparing;

/// <summary>The result of a script on both stacks.</summary>
/// <param name="Script">The script.</param>
/// <param name="Unexplained">The first unexplained difference; null for none.</param>
/// <param name="Engine">The engine's answers up to the end of the comparison.</param>
/// <param name="Linux">Linux's answers.</param>
/// <param name="Rules">The rules that explained differences.</param>
/// <param name="States">The states of the connection before the steps.</param>
internal sealed record Verdict(
    Script Script, Difference? Unexplained, IReadOnlyList<Answer> Engine, IReadOnlyList<Answer> Linux,
    IReadOnlyList<Rule> Rules, IReadOnlySet<string> States)
{
    /// <summary>An explained difference that leads to different states ended the script early.</summary>
    public bool EndedEarly => Unexplained is null && Engine.Count < Script.Steps.Count;
}

/// <summary>Runs scripts on two stacks and compares them step by step.</summary>
internal static class Comparison
{
    /// <summary>A difference counts when it is reproducible: the kernel runs in real time on a busy machine.</summary>
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
            // ScriptCheck evaluates expectations.
            engineAnswers.Add(step.IsCheck ? Answer.None : engineSession.Do(step));
            linuxAnswers.Add(step.IsCheck ? Answer.None : linuxSession.Do(step));
            var rule = step is InjectStep inject
                ? Comparing.Rules.For(new Moment(before, inject, place!, history))
                : null;
            history.Note(before, step, place);
            if (!engineAnswers[^1].IsLike(linuxAnswers[^1]))
            {
                var difference = new Difference(
                    step, before, engine.Look(), place, engineAnswers[^1], linuxAnswers[^1], history.IsWindowShrunk,
                    history.LargestWindow, history.HasOldAck);
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
