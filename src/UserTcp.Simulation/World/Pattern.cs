using System.Buffers.Binary;
using UserTcp.Impairment;

namespace UserTcp.Simulation.World;

/// <summary>What the applications send: octet i of a stream is a function of seed, stream and i, so nothing has to be kept to check it.</summary>
internal readonly struct Pattern(ulong seed, int stream)
{
    private readonly ulong _key = SplitMix64.Hash(seed, unchecked((ulong)stream) + 1);

    public void Fill(Span<byte> octets, long from)
    {
        Span<byte> word = stackalloc byte[8];
        while (!octets.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, SplitMix64.Hash(_key ^ (ulong)(from / 8)));
            var piece = word[(int)(from % 8)..];
            piece = piece[..Math.Min(piece.Length, octets.Length)];
            piece.CopyTo(octets);
            octets = octets[piece.Length..];
            from += piece.Length;
        }
    }

    /// <summary>The index of the first octet that is not what it should be, or -1.</summary>
    public int FirstDifference(ReadOnlySpan<byte> octets, long from)
    {
        Span<byte> word = stackalloc byte[8];
        for (var done = 0; done < octets.Length;)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, SplitMix64.Hash(_key ^ (ulong)(from / 8)));
            var piece = word[(int)(from % 8)..];
            piece = piece[..Math.Min(piece.Length, octets.Length - done)];
            var same = octets[done..].CommonPrefixLength(piece);
            if (same < piece.Length)
                return done + same;
            done += piece.Length;
            from += piece.Length;
        }

        return -1;
    }
}
