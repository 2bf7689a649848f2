using System.Buffers.Binary;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Udp;
using UserTcp.Fuzz.Running;
using UserTcp.Wire;
using static UserTcp.Fuzz.Running.FindingException;

namespace UserTcp.Fuzz.WholeEngine;

/// <content>UDP endpoints, and a peer that sends them datagrams and ICMP errors about theirs.</content>
internal sealed partial class EngineWorld
{
    private const int MaxEndpoints = 6;

    private readonly List<UdpEndpoint> _endpoints = [];
    private readonly byte[] _lastDatagram = new byte[120];
    private int _lastDatagramLength;

    private void ActOnDatagrams(ref Dice dice)
    {
        // One action would seldom meet another one.
        for (var actions = dice.Between(1, 6); actions > 0; actions--)
        {
            switch (dice.Below(10))
            {
                case 0 or 1 when _endpoints.Count < MaxEndpoints:
                    Bind(ref dice);
                    break;
                case 2 when AnyEndpoint(ref dice) is { } endpoint:
                    Engine.ConnectUdp(endpoint, DrawPeer(ref dice));
                    break;
                case 3 or 4 when AnyEndpoint(ref dice) is { } endpoint:
                    SendDatagrams(endpoint, ref dice);
                    break;
                case 5 when AnyEndpoint(ref dice) is { } endpoint:
                    ReceiveDatagrams(endpoint);
                    break;
                case 6 when dice.OneIn(3) && AnyEndpoint(ref dice) is { } endpoint:
                    Engine.CloseUdp(endpoint);
                    _endpoints.Remove(endpoint);
                    break;
                case 7:
                    SendErrorAboutDatagram(ref dice);
                    break;
                default:
                    ArriveDatagrams(ref dice);
                    break;
            }
        }
    }

    private UdpEndpoint? AnyEndpoint(ref Dice dice) =>
        _endpoints.Count == 0 ? null : _endpoints[dice.Below(_endpoints.Count)];

    private void Bind(ref Dice dice)
    {
        var address = dice.Of<IpAddress>([IpAddress.AnyIPv4, IpAddress.AnyIPv6, _setup.Ours, IpAddress.LoopbackIPv4]);
        var port = new Port(dice.Of<ushort>([0, 53, 53, 54]));
        if (Engine.BindUdp(address, port, (UdpFlags)dice.Below(16), out var endpoint) == EngineError.None)
            _endpoints.Add(endpoint!);
    }

    private UdpPeer DrawPeer(ref Dice dice) => new(
        dice.Of<IpAddress>([_setup.Peer, _setup.Peer, _setup.Peer, _setup.Ours, IpAddress.FromIPv4((uint)dice.Next())]),
        new Port(dice.Of<ushort>([5000, 5000, 5001, 0])));

    private void SendDatagrams(UdpEndpoint endpoint, ref Dice dice)
    {
        for (var count = dice.OneIn(8) ? 100 : 1; count > 0; count--)
        {
            // A long one becomes many fragments.
            var length = dice.OneIn(4) && count == 1 ? (int)dice.OfMagnitude(16) : dice.Below(100);
            var block = _pool.RentAlways(length);
            Pattern.Fill(block.Array.AsSpan(0, length), 0);
            block.End = length;
            if (Engine.SendDatagram(endpoint, DrawPeer(ref dice), block, _now) != EngineError.None)
                block.Release();
        }
    }

    /// <summary>Each datagram is what the peer has sent, unless the link has changed bits.</summary>
    private void ReceiveDatagrams(UdpEndpoint endpoint)
    {
        var count = endpoint.QueuedDatagrams;
        var bytes = endpoint.QueuedBytes;
        while (Engine.ReceiveDatagrams(endpoint) is { } block)
        {
            while (DatagramRecord.TryDequeue(block, out _, out var payload))
            {
                (count, bytes) = (count - 1, bytes - payload.Length);
                Require(
                    !_isTrusted || Pattern.Matches(payload, 0), "datagram: received",
                    $"{payload.Length} bytes are not what was sent.");
            }

            Require(block.Length == 0, "datagram: records", $"{block.Length} bytes are left in a block.");
            block.Release();
        }

        Require((count, bytes) == (0, 0), "datagram: count", $"{count} datagrams and {bytes} bytes too many counted.");
    }

    private void ArriveDatagrams(ref Dice dice)
    {
        for (var count = dice.OneIn(8) ? 200 : 1; count > 0; count--)
        {
            var ip = IpHeader.LengthFor(_setup.Ours);
            var room = Math.Min(_setup.Link.MaxFrame, 65_535) - ip - UdpHeader.Length;
            var length = Math.Min(dice.OneIn(3) ? (int)dice.OfMagnitude(16) : dice.Below(200), room);
            var total = UdpHeader.Length + length;
            IpHeader.Write(_frame, _setup.Peer, _setup.Ours, IpProtocol.Udp, total, 64, (byte)dice.Next());
            var datagram = _frame.AsSpan(ip, total);
            var port = AnyEndpoint(ref dice) is { } endpoint ? endpoint.LocalPort : new Port((ushort)dice.Next());
            UdpHeader.Write(datagram, new Port(dice.Of<ushort>([5000, 5001, 0])), port, length);
            Pattern.Fill(datagram[UdpHeader.Length..], 0);
            if (!dice.OneIn(8))
                PutUdpChecksum(datagram);
            if (dice.OneIn(8))
                BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)dice.Below(total + 2));
            if (dice.OneIn(16))
                datagram[dice.Below(UdpHeader.Length)] ^= (byte)(1 << dice.Below(8));
            Deliver(ip + total);
        }
    }

    private void PutUdpChecksum(Span<byte> datagram)
    {
        var sum = new ChecksumAccumulator();
        sum.AddPseudoHeader(_setup.Peer, _setup.Ours, IpProtocol.Udp, datagram.Length);
        sum.Add(datagram);
        UdpHeader.WriteChecksum(datagram, sum.Finish());
    }

    /// <summary>An ICMP error about the last datagram that the engine has sent, often a changed one.</summary>
    private void SendErrorAboutDatagram(ref Dice dice)
    {
        if (_lastDatagramLength == 0)
            return;
        Span<byte> quoted = stackalloc byte[_lastDatagram.Length];
        _lastDatagram.CopyTo(quoted);
        var isIPv4 = quoted[0] >> 4 == 4;
        var (ours, peer) = isIPv4
            ? (WorldSetup.OurIPv4, WorldSetup.PeerIPv4)
            : (WorldSetup.OurIPv6, WorldSetup.PeerIPv6);
        if (dice.OneIn(2))
            quoted[dice.Below(_lastDatagramLength)] ^= (byte)(1 << dice.Below(8));
        var length = dice.OneIn(4) ? dice.Below(_lastDatagramLength + 1) : _lastDatagramLength;
        var type = isIPv4 ? dice.Of<byte>([3, 3, 3, 11, 12, 4]) : dice.Of<byte>([1, 1, 2, 2, 3, 4]);
        var mtu = dice.Of<uint>([0, 68, 552, 576, 1280, 1400, 65_535, (uint)dice.Next()]);
        Span<byte> message = stackalloc byte[200];
        var count = IcmpMessage.Write(message, type, (byte)dice.Below(6), mtu, quoted[..length], peer, ours);
        var ip = IpHeader.Write(
            _frame, peer, ours, isIPv4 ? IpProtocol.Icmp : IpProtocol.IcmpV6, count, 64, 0);
        message[..count].CopyTo(_frame.AsSpan(ip));
        if (ip + count <= _setup.Link.MaxFrame)
            Deliver(ip + count);
    }

    /// <summary>Keeps the start of a sent datagram for ICMP errors.</summary>
    private void RememberDatagram(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _)
            || packet.Protocol != IpProtocol.Udp)
        {
            return;
        }

        _lastDatagramLength = Math.Min(frame.Length, _lastDatagram.Length);
        frame[.._lastDatagramLength].CopyTo(_lastDatagram);
    }

    private void CloseEndpoints()
    {
        foreach (var endpoint in _endpoints)
            Engine.CloseUdp(endpoint);
        _endpoints.Clear();
    }
}
