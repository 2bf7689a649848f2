namespace UserTcp.Wire;

/// <summary>Types and codes of ICMP for IPv6 (RFC 4443).</summary>
public static class IcmpV6
{
    /// <summary>Destination unreachable.</summary>
    public const byte DestinationUnreachable = 1;

    /// <summary>Packet too big.</summary>
    public const byte PacketTooBig = 2;

    /// <summary>Time exceeded.</summary>
    public const byte TimeExceeded = 3;

    /// <summary>Parameter problem.</summary>
    public const byte ParameterProblem = 4;

    /// <summary>Echo request.</summary>
    public const byte EchoRequest = 128;

    /// <summary>Echo reply.</summary>
    public const byte EchoReply = 129;

    /// <summary>Unreachable: no route.</summary>
    public const byte CodeNoRoute = 0;

    /// <summary>Unreachable: administratively prohibited.</summary>
    public const byte CodeAdministrativelyProhibited = 1;

    /// <summary>Unreachable: address.</summary>
    public const byte CodeAddressUnreachable = 3;

    /// <summary>Unreachable: port.</summary>
    public const byte CodePortUnreachable = 4;

    /// <summary>Time exceeded: the time to reassemble.</summary>
    public const byte CodeReassemblyTimeExceeded = 1;

    /// <summary>Parameter problem: an erroneous header field.</summary>
    public const byte CodeErroneousHeader = 0;

    /// <summary>Parameter problem: an unrecognized option.</summary>
    public const byte CodeUnrecognizedOption = 2;

    /// <summary>Parameter problem: the first fragment lacks a part of the headers (RFC 7112 section 5).</summary>
    public const byte CodeIncompleteHeaderChain = 3;

    /// <summary>Parameter problem: unrecognized Next Header type.</summary>
    public const byte CodeUnrecognizedNextHeader = 1;
}
