using UserTcp.Fuzz.Running;

namespace UserTcp.Fuzz.WholeEngine;

/// <summary>
/// The data of every stream: each byte is a function of its offset. The period is a prime, so that a shift by a power
/// of two is found.
/// </summary>
internal static class Pattern
{
    private const int Period = 65_521;

    private static readonly byte[] Bytes = Make();

    /// <summary>Writes the bytes from an offset.</summary>
    public static void Fill(Span<byte> destination, uint offset)
    {
        while (!destination.IsEmpty)
        {
            var part = From(offset, destination.Length);
            part.CopyTo(destination);
            destination = destination[part.Length..];
            offset += (uint)part.Length;
        }
    }

    /// <summary>True when the bytes match the pattern from an offset.</summary>
    public static bool Matches(ReadOnlySpan<byte> bytes, uint offset)
    {
        while (!bytes.IsEmpty)
        {
            var part = From(offset, bytes.Length);
            if (!bytes[..part.Length].SequenceEqual(part))
                return false;
            bytes = bytes[part.Length..];
            offset += (uint)part.Length;
        }

        return true;
    }

    private static ReadOnlySpan<byte> From(uint offset, int max)
    {
        var start = (int)(offset % Period);
        // Offsets wrap like sequence numbers, and the pattern restarts there.
        var beforeWrap = (int)Math.Min(int.MaxValue, (1L << 32) - offset);
        return Bytes.AsSpan(start, Math.Min(Math.Min(max, beforeWrap), Bytes.Length - start));
    }

    private static byte[] Make()
    {
        var dice = new Dice(0x5EED);
        var bytes = new byte[2 * Period];
        for (var i = 0; i < Period; i++)
            bytes[i] = bytes[i + Period] = (byte)dice.Next();
        return bytes;
    }
}
