using System.Diagnostics;

namespace UserTcp.Fuzz.Running;

/// <summary>
/// Makes a corpus: mutates inputs that reach new features, for a time, and keeps a small set that reaches all of them.
/// </summary>
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
                // Campaigns report findings; a corpus has none.
                return;
            }

            if (features.Count > before)
                kept.Add(input);
        }
    }

    /// <summary>Inputs by features per byte, each with a feature that none before it has.</summary>
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
