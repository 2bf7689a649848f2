using System.Diagnostics;

namespace UserTcp.Fuzz.Running;

/// <summary>Removes steps from an input while it still has the same kind of finding.</summary>
internal sealed class CaseShrinker(FuzzTarget target, TimeSpan budget)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>The smallest input found that breaks the same rule.</summary>
    public byte[] Shrink(byte[] input, string kind)
    {
        var before = int.MaxValue;
        while (input.Length < before)
        {
            before = input.Length;
            for (var chunk = StepsIn(input); chunk > 0; chunk /= 2)
                input = RemoveChunks(input, kind, chunk);
        }

        return input;
    }

    private int StepsIn(byte[] input) => (input.Length - target.HeadLength) / target.StepLength;

    private byte[] RemoveChunks(byte[] input, string kind, int steps)
    {
        // From the end: steps after the finding first.
        for (var at = StepsIn(input) - steps; at > -steps; at -= steps)
        {
            var from = target.HeadLength + (Math.Max(at, 0) * target.StepLength);
            var to = Math.Min(from + (steps * target.StepLength), input.Length);
            byte[] candidate = [.. input[..from], .. input[to..]];
            if (Stopwatch.GetElapsedTime(_start) > budget)
                return input;
            if (candidate.Length < input.Length && Kind(candidate) == kind)
                input = candidate;
        }

        return input;
    }

    private string? Kind(byte[] candidate)
    {
        try
        {
            target.Run(candidate, new Features());
            return null;
        }
        catch (Exception exception)
        {
            return FindingException.KindOf(exception);
        }
    }
}
