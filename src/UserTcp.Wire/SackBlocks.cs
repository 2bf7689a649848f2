using System.Runtime.CompilerServices;

namespace UserTcp.Wire;

/// <summary>A block of a SACK option (RFC 2018 section 3): the octets [Left, Right) have arrived.</summary>
/// <param name="Left">The first sequence number of the block.</param>
/// <param name="Right">The sequence number after the last of the block.</param>
public readonly record struct SackBlock(SeqNum Left, SeqNum Right)
{
    /// <summary>
    /// The sequence numbers of the block. A right edge before the left one makes a range of more than 2^31 numbers,
    /// which no sent data contains.
    /// </summary>
    public SeqRange Range => SeqRange.Between(Left, Right);
}

/// <summary>The blocks of a SACK option: 0 to 4, stored inline.</summary>
public struct SackBlocks : IEquatable<SackBlocks>
{
    /// <summary>The maximum that the option space of a segment holds.</summary>
    public const int MaxCount = 4;

    private Storage _blocks;

    /// <summary>The number of blocks.</summary>
    public int Count { get; private set; }

    /// <summary>The block at <paramref name="index"/>, 0 to <see cref="Count"/> - 1.</summary>
    public readonly SackBlock this[int index] => _blocks[index];

    /// <summary>Adds a block; false when there are four already.</summary>
    public bool TryAdd(SackBlock block)
    {
        if (Count == MaxCount)
            return false;
        _blocks[Count++] = block;
        return true;
    }

    /// <summary>True when both have the same blocks in the same order.</summary>
    public readonly bool Equals(SackBlocks other)
    {
        if (Count != other.Count)
            return false;
        for (var i = 0; i < Count; i++)
        {
            if (this[i] != other[i])
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is SackBlocks other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() =>
        Count == 0 ? 0 : unchecked((int)(this[0].Left.Value ^ (this[0].Right.Value << 2)) + Count);

    /// <summary>True when both have the same blocks in the same order.</summary>
    public static bool operator ==(SackBlocks left, SackBlocks right) => left.Equals(right);

    /// <summary>True when they differ.</summary>
    public static bool operator !=(SackBlocks left, SackBlocks right) => !left.Equals(right);

    [InlineArray(MaxCount)]
    private struct Storage
    {
        private SackBlock _first;
    }
}
