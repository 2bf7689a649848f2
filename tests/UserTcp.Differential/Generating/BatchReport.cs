using UserTcp.Differential.Comparing;

namespace UserTcp.Differential.Generating;

/// <summary>A kind of difference that no rule explains: the first seed that shows it, how many do, and the smallest script.</summary>
internal sealed record Failure(ulong Seed, Verdict Verdict, Verdict Smallest)
{
    public int Count { get; set; } = 1;
}

/// <summary>What came of many seeds.</summary>
internal sealed class BatchReport
{
    private readonly Dictionary<string, Failure> _failures = [];
    private readonly SortedDictionary<string, int> _explained = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _states = [];

    public int Scripts { get; private set; }

    public long Steps { get; private set; }

    /// <summary>Scripts that an explained difference has ended.</summary>
    public int EndedEarly { get; private set; }

    /// <summary>Scripts with an unexplained difference.</summary>
    public int Unexplained { get; private set; }

    public TimeSpan Elapsed { get; set; }

    /// <summary>One for each kind.</summary>
    public IReadOnlyList<Failure> Failures => [.. _failures.Values.OrderBy(failure => failure.Seed)];

    /// <summary>How often each rule was used.</summary>
    public IReadOnlyDictionary<string, int> Explained => _explained;

    /// <summary>How many scripts met each state.</summary>
    public IReadOnlyDictionary<string, int> States => _states;

    public bool IsNew(Difference difference) => !_failures.ContainsKey(difference.Kind);

    /// <param name="seed">The script's seed.</param>
    /// <param name="verdict">How it went.</param>
    /// <param name="smallest">For a kind that is new: the smallest script that shows it.</param>
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
