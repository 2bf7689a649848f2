using UserTcp.Impairment;

namespace UserTcp.Testing.Faults;

/// <summary>The faults of one run, one by one: what a shrinker leaves out to find the fewest that still fail.</summary>
/// <param name="Chances">Faults that a link's impairment gave.</param>
/// <param name="Scripted">Strikes of the script: the fault's number, and which of its strikes.</param>
internal sealed record StruckFaults(IReadOnlyList<Fault> Chances, IReadOnlyList<(int Fault, int Strike)> Scripted)
{
    /// <summary>How many there are.</summary>
    public int Count => Chances.Count + Scripted.Count;

    /// <summary>Leaves out some of them.</summary>
    public StruckFaults Without(int start, int count)
    {
        var chances = Chances.ToList();
        var scripted = Scripted.ToList();
        for (var i = Math.Min(start + count, Count) - 1; i >= start; i--)
        {
            if (i < chances.Count)
                chances.RemoveAt(i);
            else
                scripted.RemoveAt(i - Chances.Count);
        }

        return new StruckFaults(chances, scripted);
    }
}
