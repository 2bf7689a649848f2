using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>
/// Idle blocks of one size: last in, first out, because the last one's memory is in the caches. Any thread.
/// </summary>
/// <param name="limit">Max idle blocks; others are left to the garbage collector.</param>
internal sealed class BlockShelf(int limit)
{
    private readonly Lock _gate = new();
    private Block?[] _blocks = new Block?[16];
    private int _count;
    private int _minIdle;
    private int _rented;

    /// <summary>Rented blocks.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>Idle blocks.</summary>
    public int Idle => Volatile.Read(ref _count);

    /// <summary>
    /// Rents an idle block; null when there is none and the caller has to create one. It counts as rented either way.
    /// </summary>
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

    /// <summary>Returns a block. False when it is not kept.</summary>
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

    /// <summary>A rented block will not be returned, or could not be created.</summary>
    public void Forget()
    {
        lock (_gate)
            _rented--;
    }

    /// <summary>Starts recording the min number of idle blocks.</summary>
    public void BeginTrim()
    {
        lock (_gate)
            _minIdle = _count;
    }

    /// <summary>
    /// Drops the blocks that were idle all the time since the last call, but for <paramref name="kept"/>. Returns their
    /// number.
    /// </summary>
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

    /// <summary>Drops all idle blocks, but for <paramref name="kept"/>. Returns their number.</summary>
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
