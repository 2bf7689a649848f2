namespace UserTcp.Cli.Campaigns;

/// <summary>Merges the results of many ranges, in any order.</summary>
internal sealed class Campaign
{
    private readonly SortedDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly List<string> _broken = [];

    /// <summary>By tool and target.</summary>
    public IReadOnlyDictionary<string, Group> Groups => _groups;

    /// <summary>Lines that are not results, each with its origin and the problem.</summary>
    public IReadOnlyList<string> Broken => _broken;

    /// <summary>Adds a line. Ignores empty ones.</summary>
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

    /// <summary>Adds a range that has to be covered. A tool without any result then has a gap too.</summary>
    public void Expect(Expectation expectation)
    {
        if (expectation.Group is { } name)
            GroupOf(name).Expected.Add(expectation.Range);
        else
            _groups.Values.ToList().ForEach(group => group.Expected.Add(expectation.Range));
    }

    /// <summary>True when there is a result, every expected range is covered, and nothing failed.</summary>
    public bool IsClean => _groups.Count > 0 && _groups.Values.All(group => group.IsClean);

    private Group GroupOf(string name) =>
        _groups.TryGetValue(name, out var group) ? group : _groups[name] = new Group();

    /// <summary>The results of one tool and target.</summary>
    internal sealed class Group
    {
        private readonly Dictionary<SeedRange, RangeResult> _results = [];
        private readonly List<SeedRange> _conflicts = [];

        /// <summary>Ranges that have to be covered.</summary>
        public List<SeedRange> Expected { get; } = [];

        /// <summary>Results, each range once.</summary>
        public int Results => _results.Count;

        /// <summary>Repeated results of a range, equal to the first.</summary>
        public int Duplicates { get; private set; }

        /// <summary>Ranges with two different results: the tool is not deterministic, or two versions ran.</summary>
        public IReadOnlyList<SeedRange> Conflicts => _conflicts;

        /// <summary>Ranges whose result counts fewer inputs than the range has.</summary>
        public IReadOnlyList<SeedRange> Incomplete =>
            [.. _results.Values.Where(result => !result.IsComplete).Select(result => result.Range)
                .OrderBy(range => range.First)];

        public RangeSet Ranges => RangeSet.Of(_results.Keys);

        public IReadOnlyList<SeedRange> Gaps
        {
            get
            {
                var ranges = Ranges;
                return Expected.Count == 0
                    ? ranges.FindGaps(null)
                    : RangeSet.Of(Expected.SelectMany(expected => ranges.FindGaps(expected))).Covered;
            }
        }

        /// <summary>Each failure once.</summary>
        public IReadOnlyList<string> Failures =>
            [.. _results.OrderBy(pair => pair.Key.First).SelectMany(pair => pair.Value.Failures).Distinct()];

        /// <summary>
        /// The numbers of all results. Where ranges overlap, what they have in common counts in each of them.
        /// </summary>
        public IReadOnlyDictionary<string, decimal> Sums => Sum(_results.Values.Select(result => result.Numbers));

        /// <summary>How often each thing was met, by the name of the count.</summary>
        public IReadOnlyDictionary<string, IReadOnlyDictionary<string, decimal>> Met
        {
            get
            {
                var names = _results.Values.SelectMany(result => result.Met.Keys).Distinct()
                    .Order(StringComparer.Ordinal);
                return names.ToDictionary(name => name, IReadOnlyDictionary<string, decimal> (name) =>
                    Sum(_results.Values.Select(result => result.Met.GetValueOrDefault(name))
                        .OfType<IReadOnlyDictionary<string, decimal>>()));
            }
        }

        public bool IsClean =>
            Failures.Count == 0 && Gaps.Count == 0 && Conflicts.Count == 0 && Incomplete.Count == 0
            && (Results > 0 || Expected.Count > 0);

        public void Add(RangeResult result)
        {
            if (_results.TryAdd(result.Range, result))
                return;
            Duplicates++;
            if (_results[result.Range].HasSameResult(result))
                return;
            _conflicts.Add(result.Range);
            // Keep the failures of both.
            _results[result.Range] =
                _results[result.Range] with { Failures = [.. _results[result.Range].Failures.Union(result.Failures)] };
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
