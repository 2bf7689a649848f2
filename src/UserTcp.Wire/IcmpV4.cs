namespace UserTcp.Wire;

/// <summary>Types and codes of ICMP for IPv4 (RFC 792, RFC 1122 section 3.2.2, RFC 1191).</summary>
public static class IcmpV4
{
    /// <summary>Echo reply.</summary>
    public const byte EchoReply = 0;

    /// <summary>Destination unreachable.</summary>
    public const byte DestinationUnreachable = 3;

    /// <summary>Source quench: ignored (RFC 6633).</summary>
    public const byte SourceQuench = 4;

    /// <summary>Redirect.</summary>
    public const byte Redirect = 5;

    /// <summary>Echo request.</summary>
    public const byte EchoRequest = 8;

    /// <summary>Time exceeded.</summary>
    public const byte TimeExceeded = 11;

    /// <summary>Parameter problem.</summary>
    public const byte ParameterProblem = 12;

    /// <summary>Unreachable: network.</summary>
    public const byte CodeNetworkUnreachable = 0;

    /// <summary>Unreachable: host.</summary>
    public const byte CodeHostUnreachable = 1;

    /// <summary>Unreachable: protocol.</summary>
    public const byte CodeProtocolUnreachable = 2;

    /// <summary>Unreachable: port.</summary>
    public const byte CodePortUnreachable = 3;

    /// <summary>Unreachable: fragmentation needed and DF set.</summary>
    public const byte CodeFragmentationNeeded = 4;

    /// <summary>Time exceeded: the time to reassemble.</summary>
    public const byte CodeReassemblyTimeExceeded = 1;

    /// <summary>Unreachable: source route failed.</summary>
    public const byte CodeSourceRouteFailed = 5;
}
