using System.Buffers.Binary;
using UserTcp.Impairment;

namespace UserTcp.Simulation.World;

/// <summary>The data of a stream. Byte i is a function of seed, stream and i, so the check needs no copy.</summary>
internal readonly struct Pattern(ulong seed, int stream)
{
    private readonly ulong _key = SplitMix64.Hash(seed, unchecked((ulong)stream) + 1);

    public void Fill(Span<byte> data, long from)
    {
        Span<byte> word = stackalloc byte[8];
        while (!data.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, SplitMix64.Hash(_key ^ (ulong)(from / 8)));
            var piece = word[(int)(from % 8)..];
            piece = piece[..Math.Min(piece.Length, data.Length)];
            piece.CopyTo(data);
            data = data[piece.Length..];
            from += piece.Length;
        }
    }

    /// <summary>The index of the first wrong byte, or -1.</summary>
    public int FirstDifference(ReadOnlySpan<byte> data, long from)
    {
        Span<byte> word = stackalloc byte[8];
        for (var done = 0; done < data.Length;)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, SplitMix64.Hash(_key ^ (ulong)(from / 8)));
            var piece = word[(int)(from % 8)..];
            piece = piece[..Math.Min(piece.Length, data.Length - done)];
            var same = data[done..].CommonPrefixLength(piece);
            if (same < piece.Length)
                return done + same;
            done += piece.Length;
            from += piece.Length;
        }

        return -1;
    }
}
