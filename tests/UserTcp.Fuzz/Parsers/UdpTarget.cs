using UserTcp.Fuzz.Running;
using UserTcp.Fuzz.WholeEngine;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.Parsers;

/// <summary>UDP datagrams.</summary>
internal sealed class UdpTarget : FuzzTarget
{
    private readonly byte[] _written = new byte[ushort.MaxValue];

    public override string Name => "udp";

    public override byte[] Generate(ulong number)
    {
        var dice = new Dice(Dice.Mix(number, 0x0D9));
        var data = new byte[dice.Below(40)];
        var datagram = new byte[UdpHeader.Length + data.Length];
        UdpHeader.Write(datagram, new Port((ushort)dice.Next()), new Port((ushort)dice.Next()), data.Length);
        if (dice.OneIn(2))
            UdpHeader.WriteChecksum(datagram, (ushort)dice.Next());
        return Samples.Disturb(datagram, ref dice, head: UdpHeader.Length);
    }

    public override int Run(ReadOnlySpan<byte> input, Features features)
    {
        if (!UdpDatagram.TryParse(input, out var datagram))
            return 1;
        features.Hit(31, Features.Magnitude(datagram.Payload.Length), datagram.ChecksumField == 0 ? 0 : 1);
        Require(
            input.StartsWith(datagram.Bytes) && datagram.Bytes.Length == UdpHeader.Length + datagram.Payload.Length,
            "udp: length", "The datagram is not where the packet has it.");
        Require(
            datagram.ChecksumField != 0
            || !datagram.HasValidChecksum(WorldSetup.OurIPv6, WorldSetup.PeerIPv6),
            "udp: checksum", "None is valid over IPv6.");
        UdpHeader.Write(_written, datagram.SourcePort, datagram.DestinationPort, datagram.Payload.Length);
        datagram.Payload.CopyTo(_written.AsSpan(UdpHeader.Length));
        var written = _written.AsSpan(0, datagram.Bytes.Length);
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(WorldSetup.OurIPv6, WorldSetup.PeerIPv6, IpProtocol.Udp, written.Length);
        sum.Add(written);
        UdpHeader.WriteChecksum(written, sum.Finish());
        Require(
            UdpDatagram.TryParse(written, out var again) && again.Payload.SequenceEqual(datagram.Payload)
            && again.SourcePort == datagram.SourcePort && again.DestinationPort == datagram.DestinationPort
            && again.HasValidChecksum(WorldSetup.OurIPv6, WorldSetup.PeerIPv6),
            "udp: round trip", "It reads as something else.");
        return 1;
    }
}
