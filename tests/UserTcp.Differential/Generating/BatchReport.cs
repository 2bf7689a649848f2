using UserTcp.Differential.Comparing;

namespace UserTcp.Differential.Generating;

/// <summary>A kind of unexplained difference: its first seed, its count, and the smallest script.</summary>
internal sealed record Failure(ulong Seed, Verdict Verdict, Verdict Smallest)
{
    public int Count { get; set; } = 1;
}

/// <summary>The results of many seeds.</summary>
internal sealed class BatchReport
{
    private readonly Dictionary<string, Failure> _failures = [];
    private readonly SortedDictionary<string, int> _explained = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _states = [];

    public int Scripts { get; private set; }

    public long Steps { get; private set; }

    /// <summary>Scripts that ended early by an explained difference.</summary>
    public int EndedEarly { get; private set; }

    /// <summary>Scripts with an unexplained difference.</summary>
    public int Unexplained { get; private set; }

    public TimeSpan Elapsed { get; set; }

    /// <summary>The first failure of each kind.</summary>
    public IReadOnlyList<Failure> Failures => [.. _failures.Values.OrderBy(failure => failure.Seed)];

    /// <summary>The number of uses of each rule.</summary>
    public IReadOnlyDictionary<string, int> Explained => _explained;

    /// <summary>The number of scripts that reached each state.</summary>
    public IReadOnlyDictionary<string, int> States => _states;

    public bool IsNew(Difference difference) => !_failures.ContainsKey(difference.Kind);

    /// <param name="seed">The script's seed.</param>
    /// <param name="verdict">Its result.</param>
    /// <param name="smallest">Shrinks the script of a new kind.</param>
    public void Add(ulong seed, Verdict verdict, Verdict? smallest)
    {
        Scripts++;
        Steps += verdict.Engine.Count;
        EndedEarly += verdict.EndedEarly ? 1 : 0;
        foreach (var rule in verdict.Rules)
            _explained[rule.Name] = _explained.GetValueOrDefault(rule.Name) + 1;
        foreach (var state in verdict.States)
            _states[state] = _states.GetValueOrDefault(state) + 1;
        if (verdict.Unexplained is not { } difference)
            return;
        Unexplained++;
        if (_failures.TryGetValue(difference.Kind, out var known))
            known.Count++;
        else
            _failures.Add(difference.Kind, new Failure(seed, verdict, smallest ?? verdict));
    }
}
