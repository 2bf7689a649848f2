using UserTcp.Fuzz.Running;
using UserTcp.Fuzz.WholeEngine;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>ICMP messages and the segments that errors quote.</summary>
internal sealed class IcmpTarget : FuzzTarget
{
    private readonly byte[] _written = new byte[4096 + 8];

    public override string Name => "icmp";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 3));
        var quoted = Samples.Packet(ref dice, dice.OneIn(2), dice.Below(8));
        byte[] message =
            [(byte)dice.Below(16), (byte)dice.Below(16), 0, 0, (byte)dice.Next(), 0, 5, (byte)dice.Next(), .. quoted];
        return Samples.Disturb(message, ref dice);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        if (!IcmpMessage.TryParse(input, out var message))
            return 1;
        features.Hit(30, message.Type, message.Code);
        foreach (var isIPv4 in (ReadOnlySpan<bool>)[true, false])
        {
            if (QuotedDatagram.TryParse(message.Body, isIPv4, out var datagram))
            {
                Require(
                    datagram.Tuple.LocalAddress.IsIPv4 == isIPv4 && datagram.Tuple.RemoteAddress.IsIPv4 == isIPv4,
                    "icmp: quote", "It names a datagram of the other family.");
            }

            if (!QuotedSegment.TryParse(message.Body, isIPv4, out var quoted))
                continue;
            features.Add(isIPv4 ? "quoted IPv4" : "quoted IPv6");
            Require(
                quoted.Protocol == IpProtocol.Tcp && quoted.Tuple.LocalAddress.IsIPv4 == isIPv4
                && quoted.Tuple.RemoteAddress.IsIPv4 == isIPv4,
                "icmp: quote", "It names a connection of the other family, or no TCP.");
        }

        if (message.Body.Length > 4096)
            return 1;
        var length = IcmpMessage.Write(
            _written, message.Type, message.Code, message.Rest, message.Body, WorldSetup.OurIPv6, WorldSetup.PeerIPv6);
        Require(
            IcmpMessage.TryParse(_written.AsSpan(0, length), out var again) && again.Body.SequenceEqual(message.Body)
            && again.Rest == message.Rest && again.HasValidChecksum(WorldSetup.OurIPv6, WorldSetup.PeerIPv6),
            "icmp: round trip", "It reads as something else.");
        return 1;
    }
}
