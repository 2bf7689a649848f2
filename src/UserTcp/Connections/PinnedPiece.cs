using UserTcp.Engine.Buffers;

namespace UserTcp.Connections;

/// <summary>A part of a pinned text.</summary>
internal readonly struct PinnedPiece
{
    private readonly UserTcpPinnedText _text;
    private readonly int _offset;

    /// <exception cref="ArgumentOutOfRangeException">The text has no such part.</exception>
    public PinnedPiece(UserTcpPinnedText text, int offset, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, text.Length - offset);
        (_text, _offset, Length) = (text, offset, length);
    }

    /// <summary>Octets.</summary>
    public int Length { get; }

    /// <summary>A block that shows it.</summary>
    public Block Show() => _text.Show(_offset, Length);

    /// <summary>The first octets, at most <paramref name="count"/>, and what is left of it.</summary>
    public (PinnedPiece Head, PinnedPiece Tail) Split(int count)
    {
        count = Math.Min(count, Length);
        return (new PinnedPiece(_text, _offset, count), new PinnedPiece(_text, _offset + count, Length - count));
    }
}
