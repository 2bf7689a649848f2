namespace UserTcp.Wire.Tests.Kit;

/// <summary>The Internet checksum as RFC 1071 section 1 defines it, one 16-bit word at a time.</summary>
internal static class NaiveChecksum
{
    public static ushort Of(params ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (var i = 0; i < bytes.Length; i += 2)
        {
            var word = (uint)(bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0u);
            sum += word;
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)(0xFFFF - sum);
    }

    /// <summary>The pseudo-header in the RFCs' layout (RFC 9293 section 3.1, RFC 8200 section 8.1).</summary>
    public static byte[] PseudoHeader(IpAddress source, IpAddress destination, IpProtocol protocol, int length)
    {
        var (from, to) = (source.ToIPAddress().GetAddressBytes(), destination.ToIPAddress().GetAddressBytes());
        byte[] low = [(byte)((length >> 8) & 0xFF), (byte)(length & 0xFF)];
        return source.IsIPv4
            ? [.. from, .. to, 0, (byte)protocol, .. low]
            : [.. from, .. to, (byte)(length >> 24), (byte)((length >> 16) & 0xFF), .. low, 0, 0, 0, (byte)protocol];
    }

    /// <summary>The checksum with the pseudo-header; zero when the stored checksum is correct.</summary>
    public static ushort Of(IpAddress source, IpAddress destination, IpProtocol protocol, ReadOnlySpan<byte> bytes) =>
        Of([.. PseudoHeader(source, destination, protocol, bytes.Length), .. bytes]);
}
