using System.Collections;
using System.Runtime.CompilerServices;

namespace UserTcp.Impairment;

/// <summary>
/// The triggers of a link, which are equal when they have the same triggers in the same order. When both directions of
/// a link have the same object, a trigger counts the packets of both together.
/// </summary>
[CollectionBuilder(typeof(LinkTriggers), nameof(Create))]
public sealed class LinkTriggers : IReadOnlyList<LinkTrigger>, IEquatable<LinkTriggers>
{
    /// <summary>No trigger.</summary>
    public static readonly LinkTriggers None = new([]);

    private readonly LinkTrigger[] _triggers;

    private LinkTriggers(LinkTrigger[] triggers) => _triggers = triggers;

    /// <summary>How many there are.</summary>
    public int Count => _triggers.Length;

    /// <summary>A trigger.</summary>
    public LinkTrigger this[int index] => _triggers[index];

    /// <summary>Makes a collection of triggers.</summary>
    public static LinkTriggers Create(ReadOnlySpan<LinkTrigger> triggers) =>
        triggers.IsEmpty ? None : new LinkTriggers(triggers.ToArray());

    /// <inheritdoc/>
    public IEnumerator<LinkTrigger> GetEnumerator() => ((IEnumerable<LinkTrigger>)_triggers).GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(LinkTriggers? other) => other is not null && _triggers.AsSpan().SequenceEqual(other._triggers);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LinkTriggers);

    /// <inheritdoc/>
    public override int GetHashCode() => _triggers.Aggregate(0, HashCode.Combine);

    /// <summary>The triggers as <see cref="LinkImpairment.Parse"/> reads them.</summary>
    public override string ToString() => string.Join(',', _triggers.AsEnumerable());

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
