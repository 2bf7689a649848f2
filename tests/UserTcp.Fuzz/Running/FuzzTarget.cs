namespace UserTcp.Fuzz.Running;

/// <summary>
/// Code that processes untrusted bytes. An input is made from its number, and its run depends only on its bytes. Each
/// thread has its own target.
/// </summary>
internal abstract class FuzzTarget
{
    private const int CorpusShare = 4;

    private IReadOnlyList<byte[]>? _corpus;

    /// <summary>Its name on the command line and in files.</summary>
    public abstract string Name { get; }

    /// <summary>The length of an input's head in bytes, which the shrinker keeps.</summary>
    public virtual int HeadLength => 0;

    /// <summary>The length of a step in bytes: an input is a head and whole steps.</summary>
    public virtual int StepLength => 1;

    /// <summary>The log of steps; null for none.</summary>
    public TextWriter? Log { get; set; }

    private IReadOnlyList<byte[]> Kept => _corpus ??= Corpus.Of(Name);

    /// <summary>
    /// The input with a number: one in four mutates the corpus, if there is one; the others are generated.
    /// </summary>
    public byte[] Make(ulong number)
    {
        if (number % CorpusShare != CorpusShare - 1 || Kept.Count == 0)
            return Generate(number);
        var dice = new Dice(Dice.Mix(number, 0xC0B1));
        return Mutation.Apply(this, Kept[dice.Below(Kept.Count)], Kept[dice.Below(Kept.Count)], ref dice);
    }

    /// <summary>Generates an input from its number.</summary>
    public abstract byte[] Generate(ulong number);

    /// <summary>Runs an input. Throws for a finding; an expected refusal is none.</summary>
    /// <returns>The steps that were run.</returns>
    public abstract int Run(ReadOnlySpan<byte> input, Features features);
}
