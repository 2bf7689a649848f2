namespace UserTcp.Cli.Campaigns;

/// <summary>The results of many ranges, in any order, put together.</summary>
internal sealed class Campaign
{
    private readonly SortedDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly List<string> _broken = [];

    /// <summary>By tool and target.</summary>
    public IReadOnlyDictionary<string, Group> Groups => _groups;

    /// <summary>Lines that are no results, each with where it came from and why.</summary>
    public IReadOnlyList<string> Broken => _broken;

    /// <summary>Adds a line. Empty ones say nothing.</summary>
    /// <param name="line">The line.</param>
    /// <param name="origin">Where it came from, such as a file and its number.</param>
    public void Add(string line, string origin)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        if (RangeResult.TryParse(line, out var result, out var problem))
            GroupOf(result.Group).Add(result);
        else
            _broken.Add($"{origin}: {problem}");
    }

    /// <summary>Says what was to be covered. What there is no result of at all then has a gap as well.</summary>
    public void Expect(Expectation expectation)
    {
        if (expectation.Group is { } name)
            GroupOf(name).Expected.Add(expectation.Range);
        else
            _groups.Values.ToList().ForEach(group => group.Expected.Add(expectation.Range));
    }

    /// <summary>True when there is a result, all that was to be covered is, and nothing failed.</summary>
    public bool IsClean => _groups.Count > 0 && _groups.Values.All(group => group.IsClean);

    private Group GroupOf(string name) => _groups.TryGetValue(name, out var group) ? group : _groups[name] = new Group();

    /// <summary>The results of one tool and target.</summary>
    internal sealed class Group
    {
        private readonly Dictionary<SeedRange, RangeResult> _results = [];
        private readonly List<SeedRange> _conflicts = [];

        /// <summary>Ranges that were to be covered.</summary>
        public List<SeedRange> Expected { get; } = [];

        /// <summary>Results, each range once.</summary>
        public int Results => _results.Count;

        /// <summary>Further results of a range, the same as the first.</summary>
        public int Duplicates { get; private set; }

        /// <summary>Ranges that two results say different things of: the tool is not deterministic, or not the same.</summary>
        public IReadOnlyList<SeedRange> Conflicts => _conflicts;

        /// <summary>Ranges of which not all was run, as the tool says itself.</summary>
        public IReadOnlyList<SeedRange> Incomplete =>
            [.. _results.Values.Where(result => !result.IsComplete).Select(result => result.Range).OrderBy(range => range.First)];

        public RangeSet Ranges => RangeSet.Of(_results.Keys);

        public IReadOnlyList<SeedRange> Gaps
        {
            get
            {
                var ranges = Ranges;
                return Expected.Count == 0 ? ranges.FindGaps(null) : RangeSet.Of(Expected.SelectMany(expected => ranges.FindGaps(expected))).Covered;
            }
        }

        /// <summary>Each failure once.</summary>
        public IReadOnlyList<string> Failures =>
            [.. _results.OrderBy(pair => pair.Key.First).SelectMany(pair => pair.Value.Failures).Distinct()];

        /// <summary>The numbers of all results. Where ranges overlap, what they have in common counts in each of them.</summary>
        public IReadOnlyDictionary<string, decimal> Sums => Sum(_results.Values.Select(result => result.Numbers));

        /// <summary>How often each thing was met, by the name of the count.</summary>
        public IReadOnlyDictionary<string, IReadOnlyDictionary<string, decimal>> Met
        {
            get
            {
                var names = _results.Values.SelectMany(result => result.Met.Keys).Distinct().Order(StringComparer.Ordinal);
                return names.ToDictionary(name => name, IReadOnlyDictionary<string, decimal> (name) => Sum(_results.Values.Select(result => result.Met.GetValueOrDefault(name)).OfType<IReadOnlyDictionary<string, decimal>>()));
            }
        }

        public bool IsClean =>
            Failures.Count == 0 && Gaps.Count == 0 && Conflicts.Count == 0 && Incomplete.Count == 0 && (Results > 0 || Expected.Count > 0);

        public void Add(RangeResult result)
        {
            if (_results.TryAdd(result.Range, result))
                return;
            Duplicates++;
            if (_results[result.Range].HasSameResult(result))
                return;
            _conflicts.Add(result.Range);
            // What either of them has found is not lost.
            _results[result.Range] = _results[result.Range] with { Failures = [.. _results[result.Range].Failures.Union(result.Failures)] };
        }

        private static SortedDictionary<string, decimal> Sum(IEnumerable<IReadOnlyDictionary<string, decimal>> parts)
        {
            var sums = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
            foreach (var (name, value) in parts.SelectMany(part => part))
                sums[name] = sums.GetValueOrDefault(name) + value;
            return sums;
        }
    }
}
