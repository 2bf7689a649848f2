namespace UserTcp.Testing.Detection;

/// <summary>What makes a run depend on more than its seed. Any thread.</summary>
internal sealed class Findings
{
    /// <summary>Max findings that are kept: one is enough.</summary>
    private const int Max = 16;

    private readonly Lock _gate = new();
    private readonly List<string> _all = [];

    /// <summary>The distinct findings so far.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_gate)
                return [.. _all];
        }
    }

    /// <summary>Adds a finding, unless it is known.</summary>
    public void Add(string finding)
    {
        lock (_gate)
        {
            if (_all.Count < Max && !_all.Contains(finding))
                _all.Add(finding);
        }
    }
}
