using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>Blocks of one kind that nobody uses, the last returned on top because its memory is warm. Any thread.</summary>
/// <param name="limit">Blocks kept at most; what comes back beyond that is left to the collector.</param>
internal sealed class BlockShelf(int limit)
{
    private readonly Lock _gate = new();
    private Block?[] _blocks = new Block?[16];
    private int _count;
    private int _minIdle;
    private int _rented;

    /// <summary>Blocks that are out.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>Blocks that lie idle.</summary>
    public int Idle => Volatile.Read(ref _count);

    /// <summary>A block, or null when there is none and the caller has to make one: it counts as out either way.</summary>
    public Block? Rent()
    {
        lock (_gate)
        {
            _rented++;
            if (_count == 0)
                return null;
            var block = _blocks[--_count];
            _blocks[_count] = null;
            _minIdle = Math.Min(_minIdle, _count);
            return block;
        }
    }

    /// <summary>Takes a block back. False when it is not kept.</summary>
    public bool Return(Block block, bool isKept = true)
    {
        lock (_gate)
        {
            _rented--;
            if (!isKept || _count == limit || (_count == _blocks.Length && !TryGrow()))
                return false;
            _blocks[_count++] = block;
            return true;
        }
    }

    /// <summary>A block that is out never comes back, or was never made.</summary>
    public void Forget()
    {
        lock (_gate)
            _rented--;
    }

    /// <summary>Begins to watch how many blocks are idle at the least.</summary>
    public void BeginTrim()
    {
        lock (_gate)
            _minIdle = _count;
    }

    /// <summary>Drops as many as were idle all the time since the last call, but for <paramref name="kept"/>. Returns how many.</summary>
    public int Trim(int kept)
    {
        lock (_gate)
        {
            var dropped = Math.Clamp(_minIdle - kept, 0, _count);
            Drop(dropped);
            _minIdle = _count;
            return dropped;
        }
    }

    /// <summary>Drops all that are idle, but for <paramref name="kept"/>. Returns how many.</summary>
    public int DropAll(int kept)
    {
        lock (_gate)
        {
            var dropped = Math.Max(_count - kept, 0);
            Drop(dropped);
            _minIdle = Math.Min(_minIdle, _count);
            return dropped;
        }
    }

    private void Drop(int count)
    {
        _count -= count;
        Array.Clear(_blocks, _count, count);
    }

    private bool TryGrow()
    {
        try
        {
            Array.Resize(ref _blocks, Math.Min(limit, _count * 2));
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }
}
