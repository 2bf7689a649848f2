using UserTcp.Buffers;

namespace UserTcp.Connections;

/// <summary>What a write has still to send: bytes that are copied, or pinned data, which is not.</summary>
internal struct WriteSource
{
    private ReadOnlyMemory<byte> _bytes;
    private PinnedPiece _pinned;

    public WriteSource(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    public WriteSource(PinnedPiece pinned) => _pinned = pinned;

    /// <summary>Bytes.</summary>
    public readonly int Length => _bytes.Length + _pinned.Length;

    /// <summary>True when sending takes memory of the stack.</summary>
    public readonly bool IsCopied => !_bytes.IsEmpty;

    /// <summary>Writes and removes the first bytes. False without memory.</summary>
    public bool TryMoveTo(ref WriteBuffer buffer, int count, SharedBlockPool pool, bool mayUseReserve)
    {
        count = Math.Min(count, Length);
        if (_pinned.Length > 0)
        {
            (var head, _pinned) = _pinned.Split(count);
            buffer.Append(head.Show());
            return true;
        }

        if (!buffer.TryWrite(_bytes.Span[..count], pool, mayUseReserve))
            return false;
        _bytes = _bytes[count..];
        return true;
    }
}
