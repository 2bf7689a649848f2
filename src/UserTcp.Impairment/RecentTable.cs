using System.Diagnostics.CodeAnalysis;

namespace UserTcp.Impairment;

/// <summary>
/// A table with a limit that keeps what is in use: in two generations, of which the older one is forgotten when the
/// younger one is full. Not thread-safe.
/// </summary>
/// <param name="maxEntries">Entries in one generation.</param>
/// <param name="comparer">Compares keys.</param>
internal sealed class RecentTable<TKey, TValue>(int maxEntries, IEqualityComparer<TKey> comparer)
    where TKey : notnull
    where TValue : class
{
    private Dictionary<TKey, TValue> _recent = new(comparer);
    private Dictionary<TKey, TValue> _older = new(comparer);

    /// <summary>Looks a key up, and moves its entry to the younger generation.</summary>
    public bool TryRefresh(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        if (_recent.TryGetValue(key, out value))
            return true;
        if (!_older.Remove(key, out value))
            return false;
        Set(key, value);
        return true;
    }

    /// <summary>Adds or replaces an entry.</summary>
    public void Set(TKey key, TValue value)
    {
        if (_recent.Count >= maxEntries && !_recent.ContainsKey(key))
            (_older, _recent) = (_recent, new(comparer));
        _recent[key] = value;
    }
}
