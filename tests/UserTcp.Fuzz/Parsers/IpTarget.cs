using UserTcp.Fuzz.Running;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>
/// IPv4 and IPv6 packets: a parsed packet lies within the frame, and parses the same without checksum verification.
/// </summary>
internal sealed class IpTarget : FuzzTarget
{
    public override string Name => "ip";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 1));
        var packet = Samples.Packet(ref dice, dice.OneIn(2), dice.Below(40));
        if (packet[0] >> 4 == 6 && dice.OneIn(2))
            packet = WithExtensions(packet, ref dice);
        return Samples.Disturb(packet, ref dice);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        var parses = IpPacket.TryParse(input, verifyChecksum: false, out var packet, out var error);
        features.Hit(10, (int)error, input.IsEmpty ? 0 : input[0] >> 4);
        features.Add($"error.{error}");
        Require(parses == (error == IpParseError.None), "ip: result", $"{parses} with {error}.");
        var verifies = IpPacket.TryParse(input, verifyChecksum: true, out var verified, out _);
        Require(parses || !verifies, "ip: checksum", "It parses only with its checksum verified.");
        if (error == IpParseError.Fragment)
        {
            Require(
                IpFragment.TryRead(packet, out var fragment) && fragment.Offset <= IpFragment.MaxOffset
                && fragment.HeaderLength <= packet.Bytes.Length - packet.Payload.Length
                && fragment.NextHeaderOffset < fragment.HeaderLength,
                "ip: fragment", "Its place is not in it.");
        }

        if (parses || error == IpParseError.Fragment)
        {
            var isBad = IpOptions.TryFindFault(packet, out var fault);
            features.Hit(12, isBad ? 1 : 0, fault.DrawsError ? 1 : 0, fault.Code);
            Require(
                !fault.DrawsError || (isBad && fault.Pointer < packet.Bytes.Length - packet.Payload.Length),
                "ip: options", $"A fault at {fault.Pointer} is not in the headers.");
        }

        if (!parses)
            return 1;
        Require(
            input.Overlaps(packet.Bytes, out var start) && start == 0 && packet.Bytes.Length <= input.Length,
            "ip: bounds", "The packet is not in the frame.");
        Require(
            packet.Payload.IsEmpty
            || (packet.Bytes.Overlaps(packet.Payload, out var at) && at + packet.Payload.Length == packet.Bytes.Length),
            "ip: payload", "It does not end with the packet.");
        Require(
            !verifies || (verified.Source == packet.Source && verified.Protocol == packet.Protocol),
            "ip: fields", "They differ.");
        Require(
            packet.IsIPv4 == packet.Source.IsIPv4 && packet.IsIPv4 == packet.Destination.IsIPv4, "ip: family",
            "An address of the other family.");
        Require(
            packet.Bytes[packet.ProtocolOffset] == (byte)packet.Protocol, "ip: protocol", "It is not at its offset.");
        features.Hit(11, (int)packet.Protocol, Features.Magnitude(packet.Payload.Length));
        return 1;
    }

    /// <summary>Extension headers after the IPv6 header.</summary>
    private static byte[] WithExtensions(byte[] packet, ref Dice dice)
    {
        var extended = new List<byte>(packet[..40]);
        var next = packet[6];
        for (var i = dice.Between(1, 10); i > 0; i--)
        {
            var length = dice.Of<byte>([0, 0, 1, 3, 255]);
            byte[] extension = [next, length, 1, 4, 0, 0, 0, 0, .. new byte[dice.OneIn(4) ? 0 : length * 8]];
            extended.InsertRange(40, extension);
            next = dice.Of<byte>([0, 43, 44, 51, 59, 60, 60]);
        }

        extended[6] = next;
        extended.AddRange(packet[40..]);
        var payload = extended.Count - 40;
        (extended[4], extended[5]) = ((byte)(payload >> 8), (byte)payload);
        return [.. extended];
    }
}
