namespace UserTcp.Conventions.Tests;

/// <summary>One of each kind of member, for <see cref="ApiPrinterTests"/>.</summary>
internal abstract class Specimen : MarshalByRefObject, IDisposable
{
    public const int Constant = 7;

    public static readonly string? Shared = nameof(Shared);

    private int _first;

    public event EventHandler<string?>? Changed;

    public required string Name { get; init; }

    public DayOfWeek? Level { get; private set; }

    public ref readonly int First => ref _first;

    public Dictionary<string, List<object?>> this[int index]
    {
        get => new() { [Name] = [index] };
        protected set => _first = value.Count + index;
    }

    public static Specimen operator +(Specimen left, Specimen right) => left._first > right._first ? left : right;

    public static implicit operator int(Specimen specimen) => specimen._first;

    public static (int First, string? Second) Pair(in int seed, out long[] rest)
    {
        rest = [seed];
        return (seed, null);
    }

    public virtual TResult? Convert<TResult>(params ReadOnlySpan<byte> data)
        where TResult : class, new() => data.IsEmpty ? null : new TResult();

    public void Begin(string? name = null, DayOfWeek day = DayOfWeek.Friday, TimeSpan span = default, bool now = true)
    {
        Level = now && span == default ? day : null;
        Changed?.Invoke(this, name);
    }

    public override string ToString() => Name;

    public void Dispose() => _first = 0;

    protected abstract Task<string> Hook(CancellationToken ct);
}

internal readonly record struct PointRecord(int X) : IComparable<int>
{
    public int CompareTo(int other) => X.CompareTo(other);
}

internal readonly ref struct View(ReadOnlySpan<byte> octets)
{
    [Flags]
    internal enum Flags : byte
    {
        None = 0,
    }

    public int Length { get; } = octets.Length;
}
