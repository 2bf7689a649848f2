using System.Buffers;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// A pinned, pooled piece of memory for data or a frame, with one owner at a time: device, engine or application.
/// Handing it over moves the ownership; the previous owner must not touch it any more.
/// </summary>
/// <remarks>It is a sequence segment, so that an application reads received data in place.</remarks>
public sealed class Block : ReadOnlySequenceSegment<byte>
{
    private readonly BlockPool _pool;
    private readonly bool _isView;
    private Block? _next;

    /// <summary>A block of <paramref name="size"/> bytes that belongs to <paramref name="pool"/>.</summary>
    internal Block(BlockPool pool, int size)
    {
        _pool = pool;
        Array = GC.AllocateUninitializedArray<byte>(size, pinned: true);
    }

    /// <summary>A view of pinned memory that is shared and never changes.</summary>
    internal Block(BlockPool pool, byte[] shared)
    {
        _pool = pool;
        _isView = true;
        Array = shared;
    }

    /// <summary>All memory of the block; pinned, so its address may be passed to the kernel.</summary>
    public byte[] Array { get; }

    /// <summary>Index of the first byte of data.</summary>
    public int Start { get; set; }

    /// <summary>Index after the last byte of data.</summary>
    public int End { get; set; }

    /// <summary>True when the lender needs the block back: data to keep must be copied.</summary>
    public bool IsLent { get; set; }

    /// <summary>
    /// True for a frame that the host has sent to itself (<see cref="Output.Emission.IsLooped"/>): its addresses may be
    /// the host's own, and loopback ones.
    /// </summary>
    public bool IsLooped { get; set; }

    /// <summary>Bytes of data.</summary>
    public int Length => End - Start;

    /// <summary>Bytes of memory that the block keeps alive; 0 for a view.</summary>
    public int Capacity => _isView ? 0 : Array.Length;

    /// <summary>The data.</summary>
    public Span<byte> Content => Array.AsSpan(Start, End - Start);

    /// <summary>The unused memory after the data; none in a view.</summary>
    public Span<byte> Free => _isView ? default : Array.AsSpan(End);

    /// <summary>The next block in a chain.</summary>
    public Block? NextBlock
    {
        get => _next;
        set
        {
            _next = value;
            Next = value;
        }
    }

    /// <summary>
    /// Exposes the data as a segment of a <see cref="ReadOnlySequence{T}"/>, after <paramref name="runningIndex"/>
    /// bytes of earlier segments. Must be called again after a change of <see cref="Start"/> or <see cref="End"/>.
    /// </summary>
    public void Expose(long runningIndex)
    {
        RunningIndex = runningIndex;
        Memory = Array.AsMemory(Start, End - Start);
    }

    /// <summary>
    /// Copies as much of <paramref name="source"/> as fits after the data; returns the number of bytes copied.
    /// </summary>
    public int Append(ReadOnlySpan<byte> source)
    {
        var count = Math.Min(source.Length, Free.Length);
        source[..count].CopyTo(Free);
        End += count;
        return count;
    }

    /// <summary>Returns the block to its pool. The caller must own it, and must not use it again.</summary>
    public void Release() => _pool.Return(this);

    /// <summary>
    /// Removes the block from its pool for good: it is never rented again, even if someone still references it.
    /// </summary>
    internal void Discard() => _pool.Discard(this);

    /// <summary>Releases a chain of blocks.</summary>
    public static void ReleaseChain(Block? first)
    {
        while (first is not null)
        {
            var next = first.NextBlock;
            first.Release();
            first = next;
        }
    }

    internal void Reset()
    {
        Start = End = 0;
        IsLent = IsLooped = false;
        NextBlock = null;
        Memory = default;
        RunningIndex = 0;
    }
}
