namespace UserTcp.Engine.Buffers;

/// <summary>A range of bytes in a chain of blocks, enumerated as spans. Owns nothing.</summary>
public readonly struct DataSlice
{
    private readonly Block? _first;
    private readonly int _offset;

    /// <summary>
    /// <paramref name="length"/> bytes, starting <paramref name="offset"/> bytes into the data of
    /// <paramref name="first"/>.
    /// </summary>
    internal DataSlice(Block? first, int offset, int length)
    {
        _first = first;
        _offset = offset;
        Length = length;
    }

    /// <summary>Bytes in the slice.</summary>
    public int Length { get; }

    /// <summary>The spans in order.</summary>
    public Enumerator GetEnumerator() => new(_first, _offset, Length);

    /// <summary>Enumerates the spans of a slice.</summary>
    public struct Enumerator
    {
        private Block? _next;
        private Block _block;
        private int _offset;
        private int _left;
        private int _start;
        private int _count;

        internal Enumerator(Block? first, int offset, int length)
        {
            _next = first;
            _block = null!;
            _offset = offset;
            _left = length;
        }

        /// <summary>The current span.</summary>
        public readonly ReadOnlySpan<byte> Current => _block.Array.AsSpan(_start, _count);

        /// <summary>Moves to the next span; false after the last.</summary>
        public bool MoveNext()
        {
            if (_left == 0 || _next is null)
                return false;
            _block = _next;
            _start = _block.Start + _offset;
            _count = Math.Min(_left, _block.End - _start);
            _left -= _count;
            _offset = 0;
            _next = _block.NextBlock;
            return true;
        }
    }
}
