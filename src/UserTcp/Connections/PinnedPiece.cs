using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <summary>A part of pinned data.</summary>
internal readonly struct PinnedPiece
{
    private readonly UserTcpPinnedData _data;
    private readonly int _offset;

    /// <exception cref="ArgumentOutOfRangeException">The data has no such part.</exception>
    public PinnedPiece(UserTcpPinnedData data, int offset, int length)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, data.Length - offset);
        (_data, _offset, Length) = (data, offset, length);
    }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>Rents a block that shows the part.</summary>
    public Block Show() => _data.Show(_offset, Length);

    /// <summary>The first bytes, at most <paramref name="count"/>, and the rest.</summary>
    public (PinnedPiece Head, PinnedPiece Tail) Split(int count)
    {
        count = Math.Min(count, Length);
        return (new PinnedPiece(_data, _offset, count), new PinnedPiece(_data, _offset + count, Length - count));
    }
}
