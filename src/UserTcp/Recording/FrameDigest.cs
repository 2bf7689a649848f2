using System.Buffers.Binary;
using System.Numerics;
using UserTcp.Engine.Output;

namespace UserTcp.Recording;

/// <summary>The CRC-32C of a frame that an engine has sent: by it a replay checks itself.</summary>
internal static class FrameDigest
{
    public static uint Of(in Emission emission)
    {
        var digest = Add(uint.MaxValue, emission.Headers);
        foreach (var piece in emission.Payload)
            digest = Add(digest, piece);
        return digest;
    }

    private static uint Add(uint digest, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            digest = BitOperations.Crc32C(digest, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes)
            digest = BitOperations.Crc32C(digest, value);
        return digest;
    }
}
