using System.Buffers.Binary;

namespace UserTcp.Wire;

/// <summary>The Internet checksum over several pieces of any lengths (RFC 1071).</summary>
public struct ChecksumAccumulator
{
    private ulong _sum;
    private bool _isOdd;

    /// <summary>Adds the next octets.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        AddFolded(InternetChecksum.Fold(InternetChecksum.Sum(bytes)));
        _isOdd ^= (bytes.Length & 1) != 0;
    }

    /// <summary>
    /// Adds the pseudo-header for an upper-layer length of <paramref name="length"/> octets (RFC 9293 section 3.1, RFC
    /// 8200 section 8.1).
    /// </summary>
    public void AddPseudoHeader(IpAddress source, IpAddress destination, IpProtocol protocol, int length)
    {
        // The fields are at even offsets in both families, so their order and width do not change the sum.
        var sum = SumOf(source) + SumOf(destination) + (uint)length + (byte)protocol;
        AddFolded(InternetChecksum.SwapIfLittleEndian(InternetChecksum.Fold(sum)));
    }

    private static ulong SumOf(IpAddress address) => address.IsIPv4
        ? address.IPv4Value
        : (address.High >> 32) + (address.High & 0xFFFF_FFFF) + (address.Low >> 32) + (address.Low & 0xFFFF_FFFF);

    /// <summary>Swaps the octets of a piece that starts at an odd offset (RFC 1071 section 2(B)).</summary>
    private void AddFolded(ushort piece) => _sum += _isOdd ? BinaryPrimitives.ReverseEndianness(piece) : piece;

    /// <summary>The complemented checksum of all pieces, to be stored big-endian.</summary>
    public readonly ushort Finish() => InternetChecksum.Complement(_sum);
}
