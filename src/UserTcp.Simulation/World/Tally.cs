namespace UserTcp.Simulation.World;

/// <summary>How often each <see cref="Happening"/> has happened.</summary>
internal sealed class Tally
{
    private readonly long[] _counts = new long[Enum.GetValues<Happening>().Length];

    public void Add(Happening happening) => _counts[(int)happening]++;

    public IReadOnlyDictionary<Happening, long> ToDictionary() =>
        Enum.GetValues<Happening>().ToDictionary(happening => happening, happening => _counts[(int)happening]);
}
