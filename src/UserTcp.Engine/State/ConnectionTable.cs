using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.State;

/// <summary>
/// The connections by four-tuple: open addressing with linear probing. The hash has a secret key, so that no attacker
/// can choose tuples that collide. Removal moves later entries back and leaves no tombstones.
/// </summary>
internal sealed class ConnectionTable(SipKey key)
{
    private const int InitialCapacity = 64;

    // Two arrays: an array of pairs would take a third more memory.
    private uint[] _hashes = new uint[InitialCapacity];
    private Tcb?[] _slots = new Tcb?[InitialCapacity];

    public int Count { get; private set; }

    /// <summary>A change has begun and not ended. After an exception that means that the table is broken.</summary>
    public bool IsChanging { get; private set; }

    private int Mask => _slots.Length - 1;

    public Tcb? Find(in FourTuple tuple) => Find(tuple, SipHash24.Hash(key, tuple));

    /// <summary>The connection of a tuple whose hash is known.</summary>
    public Tcb? Find(in FourTuple tuple, ulong fullHash)
    {
        var hash = unchecked((uint)fullHash);
        for (var i = HomeOf(hash); ; i = (i + 1) & Mask)
        {
            if (_slots[i] is not { } tcb)
                return null;
            if (_hashes[i] == hash && tcb.Tuple == tuple)
                return tcb;
        }
    }

    /// <summary>Adds a connection whose tuple is not in the table.</summary>
    public void Add(Tcb tcb)
    {
        IsChanging = true;
        if ((Count + 1) * 4 > _slots.Length * 3)
            Grow();
        Insert(HashOf(tcb.Tuple), tcb);
        Count++;
        IsChanging = false;
    }

    public void Remove(Tcb tcb)
    {
        var i = HomeOf(HashOf(tcb.Tuple));
        while (_slots[i] != tcb)
        {
            if (_slots[i] is null)
                return;
            i = (i + 1) & Mask;
        }

        IsChanging = true;
        Count--;
        CloseGap(i);
        IsChanging = false;
    }

    /// <summary>All connections, in no particular order. The table must not change meanwhile.</summary>
    public IEnumerable<Tcb> All()
    {
        foreach (var tcb in _slots)
        {
            if (tcb is not null)
                yield return tcb;
        }
    }

    /// <summary>
    /// Samples connections from <paramref name="cursor"/> on, and advances it, so that repeated calls go round the
    /// table. Examines at most <paramref name="slots"/> slots. Returns the count of connections in
    /// <paramref name="found"/>.
    /// </summary>
    public int Sample(ref int cursor, int slots, Span<Tcb?> found)
    {
        var count = 0;
        for (slots = Math.Min(slots, _slots.Length); slots > 0 && count < found.Length; slots--)
        {
            cursor = (cursor + 1) & Mask;
            if (_slots[cursor] is { } tcb)
                found[count++] = tcb;
        }

        return count;
    }

    private uint HashOf(in FourTuple tuple) => unchecked((uint)SipHash24.Hash(key, tuple));

    private int HomeOf(uint hash) => (int)(hash & (uint)Mask);

    private void Insert(uint hash, Tcb tcb)
    {
        var i = HomeOf(hash);
        while (_slots[i] is not null)
            i = (i + 1) & Mask;
        (_hashes[i], _slots[i]) = (hash, tcb);
    }

    /// <summary>Moves back each following entry that the gap separates from its home slot.</summary>
    private void CloseGap(int gap)
    {
        for (var i = (gap + 1) & Mask; _slots[i] is not null; i = (i + 1) & Mask)
        {
            var home = HomeOf(_hashes[i]);
            if (((i - home) & Mask) < ((i - gap) & Mask))
                continue;
            (_hashes[gap], _slots[gap]) = (_hashes[i], _slots[i]);
            gap = i;
        }

        _slots[gap] = null;
    }

    private void Grow()
    {
        var (hashes, old) = (_hashes, _slots);
        _hashes = new uint[old.Length * 2];
        _slots = new Tcb?[old.Length * 2];
        for (var i = 0; i < old.Length; i++)
        {
            if (old[i] is { } tcb)
                Insert(hashes[i], tcb);
        }
    }
}
