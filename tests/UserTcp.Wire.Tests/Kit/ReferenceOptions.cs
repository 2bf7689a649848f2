namespace UserTcp.Wire.Tests.Kit;

/// <summary>A second, independent option parser as the reference.</summary>
internal static class ReferenceOptions
{
    private static readonly Dictionary<int, Predicate<int>> KnownLengths = new()
    {
        [2] = length => length == 4,
        [3] = length => length == 3,
        [4] = length => length == 2,
        [5] = length => length >= 10 && (length - 2) % 8 == 0,
        [8] = length => length == 10,
    };

    public static TcpOptions Parse(ReadOnlySpan<byte> bytes)
    {
        (ushort? Mss, byte? Scale, bool Permitted, TcpTimestamps? Timestamps, SackBlocks Sack, bool Malformed) seen =
            default;
        for (var at = 0; at < bytes.Length && bytes[at] != 0 && !seen.Malformed;)
        {
            if (bytes[at] == 1)
            {
                at++;
                continue;
            }

            var length = at + 1 < bytes.Length ? bytes[at + 1] : 0;
            seen.Malformed = length < 2 || at + length > bytes.Length ||
                (KnownLengths.TryGetValue(bytes[at], out var isRight) && !isRight(length));
            if (!seen.Malformed)
            {
                Take(bytes.Slice(at, length), ref seen);
                at += length;
            }
        }

        return new TcpOptions
        {
            Mss = seen.Mss,
            WindowScale = seen.Scale is { } scale ? WindowScale.FromWire(scale) : null,
            SackPermitted = seen.Permitted,
            Timestamps = seen.Timestamps,
            Sack = seen.Sack,
            Malformed = seen.Malformed,
        };
    }

    public static bool AreEqual(in TcpOptions left, in TcpOptions right) =>
        left.Mss == right.Mss && left.WindowScale == right.WindowScale
        && left.SackPermitted == right.SackPermitted && left.Timestamps == right.Timestamps
        && left.Malformed == right.Malformed && AreEqual(left.Sack, right.Sack);

    public static bool AreEqual(in SackBlocks left, in SackBlocks right)
    {
        var equal = left.Count == right.Count;
        for (var i = 0; equal && i < left.Count; i++)
            equal = left[i] == right[i];
        return equal;
    }

    private static void Take(
        ReadOnlySpan<byte> option,
        ref (ushort? Mss, byte? Scale, bool Permitted, TcpTimestamps? Timestamps, SackBlocks Sack, bool Malformed) seen)
    {
        switch (option[0])
        {
            case 2 when seen.Mss is null && (option[2] | option[3]) != 0:
                seen.Mss = (ushort)((option[2] << 8) | option[3]);
                break;
            case 3:
                seen.Scale ??= option[2];
                break;
            case 4:
                seen.Permitted = true;
                break;
            case 5 when seen.Sack.Count == 0:
                for (var at = 2; at < option.Length; at += 8)
                {
                    seen.Sack.TryAdd(
                        new SackBlock(new SeqNum(Word(option[at..])), new SeqNum(Word(option[(at + 4)..]))));
                }

                break;
            case 8:
                seen.Timestamps ??= new TcpTimestamps(Word(option[2..]), Word(option[6..]));
                break;
        }
    }

    private static uint Word(ReadOnlySpan<byte> octets) =>
        ((uint)octets[0] << 24) | ((uint)octets[1] << 16) | ((uint)octets[2] << 8) | octets[3];
}
