using UserTcp.Engine.Security;
using UserTcp.Wire;

namespace UserTcp.Engine.Tables;

/// <summary>
/// Finds a connection by its four-tuple: open addressing with linear probing, hashed under a secret key so that nobody can
/// choose tuples that collide. Removal moves later entries back, so there are no tombstones to wade through.
/// </summary>
internal sealed class ConnectionTable(SipKey key)
{
    private const int InitialCapacity = 64;

    private Slot[] _slots = new Slot[InitialCapacity];

    public int Count { get; private set; }

    /// <summary>A change has begun, and has not come to its end: when the engine is idle, it was broken off by an exception.</summary>
    public bool IsChanging { get; private set; }

    private int Mask => _slots.Length - 1;

    public Tcb? Find(in FourTuple tuple) => Find(tuple, SipHash24.Hash(key, tuple));

    /// <summary>The connection of a tuple whose hash is known.</summary>
    public Tcb? Find(in FourTuple tuple, ulong fullHash)
    {
        var hash = unchecked((uint)fullHash);
        for (var i = HomeOf(hash); ; i = (i + 1) & Mask)
        {
            ref var slot = ref _slots[i];
            if (slot.Tcb is null)
                return null;
            if (slot.Hash == hash && slot.Tcb.Tuple == tuple)
                return slot.Tcb;
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
        while (_slots[i].Tcb != tcb)
        {
            if (_slots[i].Tcb is null)
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
        foreach (var slot in _slots)
        {
            if (slot.Tcb is not null)
                yield return slot.Tcb;
        }
    }

    private uint HashOf(in FourTuple tuple) => unchecked((uint)SipHash24.Hash(key, tuple));

    private int HomeOf(uint hash) => (int)(hash & (uint)Mask);

    private void Insert(uint hash, Tcb tcb)
    {
        var i = HomeOf(hash);
        while (_slots[i].Tcb is not null)
            i = (i + 1) & Mask;
        _slots[i] = new Slot(hash, tcb);
    }

    /// <summary>Moves back each following entry that the gap stands between it and its home.</summary>
    private void CloseGap(int gap)
    {
        for (var i = (gap + 1) & Mask; _slots[i].Tcb is not null; i = (i + 1) & Mask)
        {
            var home = HomeOf(_slots[i].Hash);
            if (((i - home) & Mask) < ((i - gap) & Mask))
                continue;
            _slots[gap] = _slots[i];
            gap = i;
        }

        _slots[gap] = default;
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new Slot[old.Length * 2];
        foreach (var slot in old)
        {
            if (slot.Tcb is not null)
                Insert(slot.Hash, slot.Tcb);
        }
    }

    private readonly record struct Slot(uint Hash, Tcb? Tcb);
}
