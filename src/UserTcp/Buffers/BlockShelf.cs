using UserTcp.Engine.Buffers;

namespace UserTcp.Buffers;

/// <summary>Blocks of one kind that nobody uses, the last returned on top because its memory is warm. Any thread.</summary>
/// <param name="limit">Blocks kept at most; what comes back beyond that is left to the collector.</param>
internal sealed class BlockShelf(int limit)
{
    private readonly Lock _gate = new();
    private Block?[] _blocks = new Block?[16];
    private int _count;
    private int _rented;

    /// <summary>Blocks that are out.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>A block, or null when there is none and the caller has to make one.</summary>
    public Block? Take()
    {
        lock (_gate)
        {
            _rented++;
            if (_count == 0)
                return null;
            var block = _blocks[--_count];
            _blocks[_count] = null;
            return block;
        }
    }

    /// <summary>Takes a block back.</summary>
    public void Put(Block block)
    {
        lock (_gate)
        {
            _rented--;
            if (_count == limit)
                return;
            if (_count == _blocks.Length)
                Array.Resize(ref _blocks, Math.Min(limit, _count * 2));
            _blocks[_count++] = block;
        }
    }

    /// <summary>A block that is out never comes back.</summary>
    public void Forget()
    {
        lock (_gate)
            _rented--;
    }
}
