using System.Diagnostics;

namespace UserTcp.Fuzz.Running;

/// <summary>Makes a corpus: changes inputs that have reached something new, for a time, and keeps the few that together reach all of it.</summary>
internal static class Learner
{
    private const int MaxCorpusBytes = 200_000;

    public static IReadOnlyList<byte[]> Learn(FuzzTarget target, ulong seed, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        var features = new Features();
        var kept = new List<byte[]>();
        foreach (var input in Corpus.Of(target.Name))
            Try(input);
        for (ulong number = seed; Stopwatch.GetElapsedTime(start) < time; number++)
        {
            var dice = new Dice(Dice.Mix(number, 0x1EA4));
            Try(kept.Count == 0 || dice.OneIn(4)
                ? target.Generate(number)
                : Mutation.Apply(target, kept[dice.Below(kept.Count)], kept[dice.Below(kept.Count)], ref dice));
        }

        return Distill(target, kept);

        void Try(byte[] input)
        {
            var before = features.Count;
            try
            {
                target.Run(input, features);
            }
            catch (Exception)
            {
                // A campaign finds it; a corpus has no faults.
                return;
            }

            if (features.Count > before)
                kept.Add(input);
        }
    }

    /// <summary>Those with most to show a byte first, as long as each reaches something that none before it does.</summary>
    private static List<byte[]> Distill(FuzzTarget target, List<byte[]> kept)
    {
        var all = new Features();
        var corpus = new List<byte[]>();
        var bytes = 0;
        foreach (var input in kept.OrderByDescending(input => Alone(target, input) / (double)(input.Length + 64)))
        {
            var before = all.Count;
            target.Run(input, all);
            if (all.Count == before || bytes + input.Length > MaxCorpusBytes)
                continue;
            corpus.Add(input);
            bytes += input.Length;
        }

        return corpus;
    }

    private static int Alone(FuzzTarget target, byte[] input)
    {
        var features = new Features();
        target.Run(input, features);
        return features.Count;
    }
}
