using UserTcp.Differential.Scripts;

namespace UserTcp.Differential.Generating;

/// <summary>
/// Shrinks a failing script: removes steps, in halves first, then simplifies the others, while it still fails.
/// </summary>
internal static class Shrinker
{
    public static Script Shrink(Script script, Func<Script, bool> stillFails)
    {
        var changed = true;
        while (changed)
        {
            changed = false;
            for (var size = Math.Max(script.Steps.Count / 2, 1); size >= 1; size /= 2)
                changed |= LeaveOut(ref script, size, stillFails);
            changed |= Simplify(ref script, stillFails);
        }

        return script;
    }

    private static bool LeaveOut(ref Script script, int size, Func<Script, bool> stillFails)
    {
        var changed = false;
        for (var at = script.Steps.Count - size; at >= 0; at--)
        {
            if (at + size > script.Steps.Count)
                continue;
            var steps = script.Steps.ToList();
            steps.RemoveRange(at, size);
            changed |= Take(ref script, script with { Steps = steps }, stillFails);
        }

        return changed;
    }

    private static bool Simplify(ref Script script, Func<Script, bool> stillFails)
    {
        var changed = false;
        for (var i = 0; i < script.Steps.Count; i++)
        {
            foreach (var plainer in Plainer(script.Steps[i]))
            {
                var steps = script.Steps.ToArray();
                steps[i] = plainer;
                if (!Take(ref script, script with { Steps = steps }, stillFails))
                    continue;
                changed = true;
                break;
            }
        }

        return changed;
    }

    private static IEnumerable<Step> Plainer(Step step)
    {
        if (step is CallStep { Call: UserCall.Send or UserCall.Receive, Argument: > 1 } call)
        {
            yield return call with { Argument = 1 };
            if (call.Argument > 100)
                yield return call with { Argument = 100 };
        }

        if (step is not InjectStep inject)
            yield break;
        if (inject.Flags.HasFlag(Wire.TcpFlags.Psh))
            yield return inject with { Flags = inject.Flags & ~Wire.TcpFlags.Psh };
        if (inject.Data > 0)
            yield return inject with { Data = 0 };
        if (inject.Data > 1)
            yield return inject with { Data = 1 };
        if (inject.Window != InjectStep.DefaultWindow)
            yield return inject with { Window = InjectStep.DefaultWindow };
        if (inject.Mss is not null)
            yield return inject with { Mss = null };
        if (inject.Ack is { From: NumberBase.Sent, Offset: not 0 })
            yield return inject with { Ack = Number.Sent() };
        if (inject.Seq is { From: NumberBase.Acked, Offset: not 0 })
            yield return inject with { Seq = Number.Acked() };
    }

    private static bool Take(ref Script script, Script candidate, Func<Script, bool> stillFails)
    {
        if (!stillFails(candidate))
            return false;
        script = candidate;
        return true;
    }
}
