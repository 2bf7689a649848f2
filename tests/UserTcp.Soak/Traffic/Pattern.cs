using System.Buffers.Binary;

namespace UserTcp.Soak.Traffic;

/// <summary>The data of a stream: a function of seed and position, so that either end can check any part.</summary>
internal static class Pattern
{
    private const int WordLength = sizeof(ulong);

    /// <summary>Writes the bytes from a position.</summary>
    public static void Fill(Span<byte> target, ulong seed, long position)
    {
        Span<byte> word = stackalloc byte[WordLength];
        while (!target.IsEmpty)
        {
            var (index, skip) = (position / WordLength, (int)(position % WordLength));
            if (skip == 0 && target.Length >= WordLength)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(target, Word(seed, index));
                target = target[WordLength..];
                position += WordLength;
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(word, Word(seed, index));
            var part = Math.Min(WordLength - skip, target.Length);
            word.Slice(skip, part).CopyTo(target);
            target = target[part..];
            position += part;
        }
    }

    /// <summary>The position of the first wrong byte; -1 when all are right.</summary>
    public static long FindMismatch(ReadOnlySpan<byte> data, ulong seed, long position)
    {
        const int Piece = 1024;
        Span<byte> expected = stackalloc byte[Piece];
        while (!data.IsEmpty)
        {
            var part = Math.Min(Piece, data.Length);
            Fill(expected[..part], seed, position);
            var same = data[..part].CommonPrefixLength(expected[..part]);
            if (same < part)
                return position + same;
            data = data[part..];
            position += part;
        }

        return -1;
    }

    // The finalizer of SplitMix64.
    private static ulong Word(ulong seed, long index)
    {
        var z = unchecked(seed + ((ulong)index * 0x9E3779B97F4A7C15));
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}
