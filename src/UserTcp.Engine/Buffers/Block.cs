using System.Buffers;

namespace UserTcp.Engine.Buffers;

/// <summary>
/// A pinned, pooled piece of memory that carries text (or a frame) and has one owner at a time: device, engine or
/// application. Handing a block over moves the ownership; nobody else may touch it afterwards.
/// </summary>
/// <remarks>It is a sequence segment so that an application reads received text where it lies.</remarks>
public sealed class Block : ReadOnlySequenceSegment<byte>
{
    private readonly BlockPool _pool;
    private readonly bool _isView;
    private Block? _next;

    /// <summary>A block of <paramref name="size"/> octets that belongs to <paramref name="pool"/>.</summary>
    internal Block(BlockPool pool, int size)
    {
        _pool = pool;
        Array = GC.AllocateUninitializedArray<byte>(size, pinned: true);
    }

    /// <summary>A view of pinned memory that others see too, and which nobody changes.</summary>
    internal Block(BlockPool pool, byte[] shared)
    {
        _pool = pool;
        _isView = true;
        Array = shared;
    }

    /// <summary>All of the block's memory; pinned, so its address may be given to the kernel.</summary>
    public byte[] Array { get; }

    /// <summary>Index of the first octet of text.</summary>
    public int Start { get; set; }

    /// <summary>Index after the last octet of text.</summary>
    public int End { get; set; }

    /// <summary>True when whoever hands the block over needs it back: what is to be kept of it has to be copied.</summary>
    public bool IsLent { get; set; }

    /// <summary>Octets of text.</summary>
    public int Length => End - Start;

    /// <summary>Octets of memory that the block keeps: none for a view of what others keep.</summary>
    public int Capacity => _isView ? 0 : Array.Length;

    /// <summary>The text.</summary>
    public Span<byte> Content => Array.AsSpan(Start, End - Start);

    /// <summary>The memory behind the text; none in a view.</summary>
    public Span<byte> Free => _isView ? default : Array.AsSpan(End);

    /// <summary>The block that follows in a chain.</summary>
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
    /// Makes the text visible as a segment of a <see cref="ReadOnlySequence{T}"/> whose octets before this block number
    /// <paramref name="runningIndex"/>. To be repeated when <see cref="Start"/> or <see cref="End"/> changes.
    /// </summary>
    public void Expose(long runningIndex)
    {
        RunningIndex = runningIndex;
        Memory = Array.AsMemory(Start, End - Start);
    }

    /// <summary>Copies as much of <paramref name="source"/> as there is room for behind the text; returns the octets copied.</summary>
    public int Append(ReadOnlySpan<byte> source)
    {
        var count = Math.Min(source.Length, Free.Length);
        source[..count].CopyTo(Free);
        End += count;
        return count;
    }

    /// <summary>Gives the block back to its pool. The caller must own it, and must not use it again.</summary>
    public void Release() => _pool.Return(this);

    /// <summary>Strikes the block off its pool's account for good: nobody gets it again, whoever still knows it.</summary>
    internal void Discard() => _pool.Discard(this);

    /// <summary>Gives a whole chain back.</summary>
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
        IsLent = false;
        NextBlock = null;
        Memory = default;
        RunningIndex = 0;
    }
}
