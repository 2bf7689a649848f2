namespace UserTcp.Fuzz.Running;

/// <summary>
/// Something that takes bytes from strangers. An input is made from its number alone, and running it depends on nothing but its bytes. A
/// target is used by one thread; each thread has its own.
/// </summary>
internal abstract class FuzzTarget
{
    private const int CorpusShare = 4;

    private IReadOnlyList<byte[]>? _corpus;

    /// <summary>Its name on the command line and in files.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes at the start of an input that belong together, and are never removed by the shrinker.</summary>
    public virtual int HeadLength => 0;

    /// <summary>Bytes of a step: an input is its head and whole steps.</summary>
    public virtual int StepLength => 1;

    /// <summary>Where a line for each step of a run goes; null for nowhere.</summary>
    public TextWriter? Log { get; set; }

    private IReadOnlyList<byte[]> Kept => _corpus ??= Corpus.Of(Name);

    /// <summary>The input with a number: one in four changes a checked-in one, where there are any; the others are made from nothing.</summary>
    public byte[] Make(ulong number)
    {
        if (number % CorpusShare != CorpusShare - 1 || Kept.Count == 0)
            return Generate(number);
        var dice = new Dice(Dice.Mix(number, 0xC0B1));
        return Mutation.Apply(this, Kept[dice.Below(Kept.Count)], Kept[dice.Below(Kept.Count)], ref dice);
    }

    /// <summary>An input made from nothing but its number.</summary>
    public abstract byte[] Generate(ulong number);

    /// <summary>Runs an input. Throws for whatever is wrong; an expected refusal throws nothing.</summary>
    /// <returns>The steps that were run.</returns>
    public abstract int Run(ReadOnlySpan<byte> input, Features features);
}
