using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace UserTcp.Wire;

/// <summary>
/// The Internet checksum (RFC 1071). Sums are over native-endian words: the folded sum then has its two octets swapped
/// (section 2(B)). 32-bit lanes are added into 64 bits, so that no packet overflows them.
/// </summary>
public static class InternetChecksum
{
    /// <summary>The complemented checksum of <paramref name="bytes"/>, to be stored big-endian.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => Complement(Sum(bytes));

    /// <summary>The unfolded sum of native-endian words; an odd last octet counts as if followed by zero.</summary>
    internal static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        if (Vector512.IsHardwareAccelerated && bytes.Length >= 2 * Vector512<byte>.Count)
            return Sum512(bytes);
        if (Vector256.IsHardwareAccelerated && bytes.Length >= 2 * Vector256<byte>.Count)
            return Sum256(bytes);
        if (Vector128.IsHardwareAccelerated && bytes.Length >= 2 * Vector128<byte>.Count)
            return Sum128(bytes);
        return SumScalar(bytes);
    }

    internal static ulong Sum512(ReadOnlySpan<byte> bytes)
    {
        var (even, odd) = (Vector512<ulong>.Zero, Vector512<ulong>.Zero);
        var low = Vector512.Create(0xFFFF_FFFFUL);
        while (bytes.Length >= Vector512<byte>.Count)
        {
            var words = Vector512.Create(bytes).AsUInt64();
            even += words & low;
            odd += words >>> 32;
            bytes = bytes[Vector512<byte>.Count..];
        }

        return Vector512.Sum(even) + Vector512.Sum(odd) + SumScalar(bytes);
    }

    internal static ulong Sum256(ReadOnlySpan<byte> bytes)
    {
        var (even, odd) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        var low = Vector256.Create(0xFFFF_FFFFUL);
        while (bytes.Length >= Vector256<byte>.Count)
        {
            var words = Vector256.Create(bytes).AsUInt64();
            even += words & low;
            odd += words >>> 32;
            bytes = bytes[Vector256<byte>.Count..];
        }

        return Vector256.Sum(even) + Vector256.Sum(odd) + SumScalar(bytes);
    }

    internal static ulong Sum128(ReadOnlySpan<byte> bytes)
    {
        var (even, odd) = (Vector128<ulong>.Zero, Vector128<ulong>.Zero);
        var low = Vector128.Create(0xFFFF_FFFFUL);
        while (bytes.Length >= Vector128<byte>.Count)
        {
            var words = Vector128.Create(bytes).AsUInt64();
            even += words & low;
            odd += words >>> 32;
            bytes = bytes[Vector128<byte>.Count..];
        }

        return Vector128.Sum(even) + Vector128.Sum(odd) + SumScalar(bytes);
    }

    internal static ulong SumScalar(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        while (bytes.Length >= sizeof(uint))
        {
            sum += MemoryMarshal.Read<uint>(bytes);
            bytes = bytes[sizeof(uint)..];
        }

        if (bytes.Length >= sizeof(ushort))
        {
            sum += MemoryMarshal.Read<ushort>(bytes);
            bytes = bytes[sizeof(ushort)..];
        }

        if (!bytes.IsEmpty)
            sum += BitConverter.IsLittleEndian ? bytes[0] : (uint)bytes[0] << 8;
        return sum;
    }

    /// <summary>Folds a sum into 16 bits with end-around carry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ushort Fold(ulong sum)
    {
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)((sum & 0xFFFF) + (sum >> 16));
    }

    /// <summary>The checksum that belongs to an unfolded sum, to be stored big-endian.</summary>
    internal static ushort Complement(ulong sum) => unchecked((ushort)~SwapIfLittleEndian(Fold(sum)));

    /// <summary>From a folded sum of native-endian words to that of big-endian ones, and back.</summary>
    internal static ushort SwapIfLittleEndian(ushort folded) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded;
}
