using System.Buffers;
using UserTcp.Buffers;
using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <summary>
/// Data that has been written and not flushed, in blocks that the writer still owns. Holds no block while it is empty.
/// Not safe for threads by itself: its writer locks around it.
/// </summary>
internal struct WriteBuffer
{
    private BlockChain _sealed;
    private Block? _current;

    /// <summary>Replaces a block when the application asks for more contiguous memory than a block has.</summary>
    private byte[]? _staging;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>True when it holds no memory.</summary>
    public readonly bool IsEmpty => _current is null && _staging is null && _sealed.First is null;

    /// <summary>
    /// Reserves memory for <paramref name="sizeHint"/> bytes or more, 1 or more if it is 0. Empty when no block is
    /// free.
    /// </summary>
    public Memory<byte> ReserveMemory(int sizeHint, SharedBlockPool pool, bool mayUseReserve)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        ReleaseStaging();
        if (sizeHint > BlockPool.LargeSize)
            return _staging = ArrayPool<byte>.Shared.Rent(sizeHint);
        var block = EnsureRoom(Math.Max(1, sizeHint), pool, mayUseReserve);
        return block is null ? default : block.Array.AsMemory(block.End);
    }

    /// <summary>
    /// The application has written <paramref name="count"/> bytes to the reserved memory. False when there is no block
    /// for them.
    /// </summary>
    public bool TryAdvance(int count, SharedBlockPool pool, bool mayUseReserve)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _staging?.Length ?? _current?.Free.Length ?? 0);
        if (_staging is not null)
        {
            var isWritten = TryWrite(_staging.AsSpan(0, count), pool, mayUseReserve);
            ReleaseStaging();
            return isWritten;
        }

        if (_current is not null)
        {
            _current.End += count;
            Length += count;
        }

        return true;
    }

    /// <summary>Copies bytes in. False when there was memory for only some of them.</summary>
    public bool TryWrite(ReadOnlySpan<byte> source, SharedBlockPool pool, bool mayUseReserve)
    {
        while (!source.IsEmpty)
        {
            if (EnsureRoom(1, pool, mayUseReserve) is not { } block)
                return false;
            var count = block.Append(source);
            Length += count;
            source = source[count..];
        }

        return true;
    }

    /// <summary>Appends a complete block, which the buffer then owns.</summary>
    public void Append(Block block)
    {
        ReleaseStaging();
        Seal();
        Length += block.Length;
        _sealed.Append(block);
    }

    /// <summary>
    /// Moves everything to <paramref name="destination"/> and returns the bytes moved. No block stays here.
    /// </summary>
    public long MoveTo(ref BlockChain destination)
    {
        ReleaseStaging();
        Seal();
        destination.Append(ref _sealed);
        var count = Length;
        Length = 0;
        return count;
    }

    /// <summary>
    /// Like <see cref="MoveTo"/>, while the application may still be writing into the memory it reserved last: those
    /// bytes are copied, and that memory is never used again.
    /// </summary>
    public long CopyTo(ref BlockChain destination, SharedBlockPool pool, out bool isWhole)
    {
        isWhole = true;
        var abandoned = _current;
        _current = null;
        _staging = null;
        if (abandoned is not null)
        {
            Length -= abandoned.Length;
            // Without memory for a copy, the last bytes written are lost; the caller resets the connection.
            isWhole = TryWrite(abandoned.Content, pool, mayUseReserve: true);
            pool.Abandon(abandoned);
        }

        return MoveTo(ref destination);
    }

    private Block? EnsureRoom(int size, SharedBlockPool pool, bool mayUseReserve)
    {
        if (_current is not null && _current.Free.Length >= size)
            return _current;
        Seal();
        return _current = pool.TryRent(size, mayUseReserve);
    }

    private void Seal()
    {
        if (_current is { Length: 0 })
            _current.Release();
        else if (_current is not null)
            _sealed.Append(_current);
        _current = null;
    }

    private void ReleaseStaging()
    {
        if (_staging is not null)
            ArrayPool<byte>.Shared.Return(_staging);
        _staging = null;
    }
}
