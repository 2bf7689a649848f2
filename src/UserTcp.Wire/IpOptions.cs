namespace UserTcp.Wire;

/// <summary>Why the options or extension headers of a packet are refused.</summary>
/// <param name="DrawsError">An ICMP Parameter Problem answers; otherwise the packet is dropped silently.</param>
/// <param name="Code">Its code.</param>
/// <param name="Pointer">The offset of the octet at fault.</param>
public readonly record struct IpOptionFault(bool DrawsError, byte Code, int Pointer);

/// <summary>
/// Checks IPv4 options (RFC 791 section 3.1, RFC 1122 section 3.2.1.8), and IPv6 options and routing headers (RFC 8200
/// sections 4.2 and 4.4), as a host has to before it uses the packet. A packet without any is not read.
/// </summary>
public static class IpOptions
{
    /// <summary>Options in one IPv6 header, padding excluded (RFC 8504 section 5.3).</summary>
    private const int MaxIPv6Options = 8;

    /// <summary>Octets of padding in a row, which align to 8 at most (RFC 4942 section 2.1.9.5).</summary>
    private const int MaxPadding = 7;

    private const int EndOfList = 0;
    private const int NoOperation = 1;
    private const int RecordRoute = 7;
    private const int Timestamp = 68;
    private const int LooseSourceRoute = 131;
    private const int StrictSourceRoute = 137;

    private static readonly IpOptionFault Silent = new(false, 0, 0);

    /// <summary>Returns the first fault; false when there is none.</summary>
    public static bool TryFindFault(scoped in IpPacket packet, out IpOptionFault fault)
    {
        fault = default;
        if (packet.IsIPv4)
        {
            var length = (packet.Bytes[0] & 0x0F) * 4;
            return length > IpHeader.IPv4Length && TryFindV4(packet.Bytes[..length], out fault);
        }

        return packet.ProtocolOffset >= IpHeader.IPv6Length && TryFindV6(packet, out fault);
    }

    private static bool TryFindV4(ReadOnlySpan<byte> header, out IpOptionFault fault)
    {
        fault = default;
        for (var at = IpHeader.IPv4Length; at < header.Length && header[at] != EndOfList;)
        {
            if (header[at] == NoOperation)
            {
                at++;
                continue;
            }

            if (at + 1 == header.Length || header[at + 1] < 2 || at + header[at + 1] > header.Length)
            {
                fault = new IpOptionFault(true, 0, at);
                return true;
            }

            if (TryFindInRoute(header.Slice(at, header[at + 1]), at, out fault))
                return true;
            at += header[at + 1];
        }

        return false;
    }

    /// <summary>
    /// The options with a pointer. No source route is taken, not even one that ends here: answers would have to follow
    /// it, to wherever its author wants them (RFC 7126 section 4.3).
    /// </summary>
    private static bool TryFindInRoute(ReadOnlySpan<byte> option, int at, out IpOptionFault fault)
    {
        var (minLength, minPointer) = option[0] switch
        {
            RecordRoute or LooseSourceRoute or StrictSourceRoute => (3, 4),
            Timestamp => (4, 5),
            _ => (0, 0),
        };
        fault = option.Length < minLength ? new IpOptionFault(true, 0, at + 1)
            : minLength > 0 && option[2] < minPointer ? new IpOptionFault(true, 0, at + 2)
            : Silent;
        return fault.DrawsError || option[0] is LooseSourceRoute or StrictSourceRoute;
    }

    private static bool TryFindV6(scoped in IpPacket packet, out IpOptionFault fault)
    {
        fault = default;
        var bytes = packet.Bytes;
        var next = (IpProtocol)bytes[6];
        for (var at = IpHeader.IPv6Length; at <= packet.ProtocolOffset;)
        {
            var length = next == IpProtocol.Fragment ? 8 : (bytes[at + 1] + 1) * 8;
            if (next == IpProtocol.Routing && bytes[at + 3] != 0)
            {
                // No type is recognized here, the deprecated type 0 included (RFC 5095 section 3).
                fault = new IpOptionFault(true, IcmpV6.CodeErroneousHeader, at + 2);
                return true;
            }

            if (next is IpProtocol.HopByHop or IpProtocol.DestinationOptions
                && TryFindInOptions(bytes.Slice(at, length), at, out fault))
            {
                return true;
            }

            next = (IpProtocol)bytes[at];
            at += length;
        }

        return false;
    }

    private static bool TryFindInOptions(ReadOnlySpan<byte> header, int start, out IpOptionFault fault)
    {
        const int pad1 = 0;
        const int padN = 1;
        fault = Silent;
        var (padding, count) = (0, 0);
        for (var at = 2; at < header.Length;)
        {
            var length = header[at] == pad1 ? 1 : at + 1 < header.Length ? header[at + 1] + 2 : header.Length;
            if (at + length > header.Length)
                return true;
            if (header[at] is pad1 or padN)
            {
                padding += length;
                if (padding > MaxPadding || (length > 2 && header.Slice(at + 2, length - 2).ContainsAnyExcept((byte)0)))
                    return true;
                at += length;
                continue;
            }

            (padding, count) = (0, count + 1);
            if (count > MaxIPv6Options)
                return true;
            // RFC 8200 section 4.2: the two highest bits say what to do with an option that is not recognized.
            var action = header[at] >> 6;
            if (action != 0)
            {
                fault = action == 1 ? Silent : new IpOptionFault(true, IcmpV6.CodeUnrecognizedOption, start + at);
                return true;
            }

            at += length;
        }

        return false;
    }
}
