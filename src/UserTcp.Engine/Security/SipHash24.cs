using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using UserTcp.Wire;

namespace UserTcp.Engine.Security;

/// <summary>
/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed pseudorandom function for short inputs. It protects what an
/// attacker must not predict or target: initial sequence numbers, hash buckets, ports.
/// </summary>
public static class SipHash24
{
    private const int TupleLength = 16 + 16 + 2 + 2;

    /// <summary>The 64-bit hash of <paramref name="data"/> under <paramref name="key"/>.</summary>
    public static ulong Hash(SipKey key, ReadOnlySpan<byte> data)
    {
        var v0 = key.K0 ^ 0x736f6d6570736575UL;
        var v1 = key.K1 ^ 0x646f72616e646f6dUL;
        var v2 = key.K0 ^ 0x6c7967656e657261UL;
        var v3 = key.K1 ^ 0x7465646279746573UL;
        var last = (ulong)data.Length << 56;

        while (data.Length >= 8)
        {
            Compress(ref v0, ref v1, ref v2, ref v3, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        for (var i = 0; i < data.Length; i++)
            last |= (ulong)data[i] << (8 * i);
        Compress(ref v0, ref v1, ref v2, ref v3, last);

        v2 ^= 0xff;
        for (var round = 0; round < 4; round++)
            Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /// <summary>The hash of three words, which is that of their 24 bytes in little-endian order.</summary>
    internal static ulong Hash(SipKey key, ulong first, ulong second, ulong third)
    {
        const ulong Last = 24UL << 56;
        var v0 = key.K0 ^ 0x736f6d6570736575UL;
        var v1 = key.K1 ^ 0x646f72616e646f6dUL;
        var v2 = key.K0 ^ 0x6c7967656e657261UL;
        var v3 = key.K1 ^ 0x7465646279746573UL;
        Compress(ref v0, ref v1, ref v2, ref v3, first);
        Compress(ref v0, ref v1, ref v2, ref v3, second);
        Compress(ref v0, ref v1, ref v2, ref v3, third);
        Compress(ref v0, ref v1, ref v2, ref v3, Last);
        v2 ^= 0xff;
        for (var round = 0; round < 4; round++)
            Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /// <summary>The hash of a four-tuple.</summary>
    public static ulong Hash(SipKey key, in FourTuple tuple)
    {
        Span<byte> data = stackalloc byte[TupleLength];
        var length = tuple.LocalAddress.Write(data);
        length += tuple.RemoteAddress.Write(data[length..]);
        BinaryPrimitives.WriteUInt16BigEndian(data[length..], tuple.LocalPort.Value);
        BinaryPrimitives.WriteUInt16BigEndian(data[(length + 2)..], tuple.RemotePort.Value);
        return Hash(key, data[..(length + 4)]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compress(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        unchecked
        {
            v0 += v1;
            v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
            v0 = BitOperations.RotateLeft(v0, 32);
            v2 += v3;
            v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
            v2 = BitOperations.RotateLeft(v2, 32);
        }
    }
}

/// <summary>A 128-bit key for <see cref="SipHash24"/>.</summary>
/// <param name="K0">The first eight bytes, little-endian.</param>
/// <param name="K1">The last eight bytes, little-endian.</param>
public readonly record struct SipKey(ulong K0, ulong K1);
