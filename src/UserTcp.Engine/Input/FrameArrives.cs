using System.Runtime.CompilerServices;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.Icmp;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>A frame from the link: checks its IP header and hands it to the protocol it carries. Whatever is wrong with it is counted.</summary>
internal sealed class FrameArrives(EngineCore core)
{
    private readonly SegmentArrives _segments = new(core);
    private readonly IcmpArrives _icmp = new(core);
    private readonly IcmpErrors _icmpErrors = new(core);

    /// <summary>True when the frame's block has become part of a receive queue.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="now">The time.</param>
    /// <param name="owner">Whose frame it is. Nothing has been done with another engine's.</param>
    // Inside the caller's try the compiler would keep every local in memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool Handle(Block frame, MonotonicTime now, out int owner)
    {
        owner = core.Share.Index;
        core.HandleStateless();
        var isKept = Parse(frame, now, ref owner);
        core.Counters.Add(owner == core.Share.Index ? Counter.FramesReceived : Counter.FramesHandedOver);
        return isKept;
    }

    private bool Parse(Block frame, MonotonicTime now, ref int owner)
    {
        if (!IpPacket.TryParse(frame.Content, verifyChecksum: !core.Link.ChecksumOffload, out var packet, out var error))
        {
            core.Counters.Add(error == IpParseError.Fragment ? Counter.DroppedFragment : Counter.DroppedBadIpHeader);
            return false;
        }

        if (core.Addresses.IsMartian(packet.Source))
            core.Counters.Add(Counter.DroppedMartian);
        else if (!core.Addresses.Contains(packet.Destination))
            core.Counters.Add(Counter.DroppedNotForUs);
        else
        {
            core.At(FaultPoint.FrameParsed);
            return Deliver(packet, frame, now, ref owner);
        }

        return false;
    }

    private bool Deliver(in IpPacket packet, Block frame, MonotonicTime now, ref int owner)
    {
        switch (packet.Protocol)
        {
            case IpProtocol.Tcp:
                return DeliverSegment(packet, frame, now, ref owner);
            case IpProtocol.Icmp when packet.IsIPv4:
            case IpProtocol.IcmpV6 when !packet.IsIPv4:
                _icmp.Handle(packet, now, ref owner);
                return false;
            case IpProtocol.Udp:
                core.Counters.Add(Counter.DroppedProtocol);
                if (core.Link.ChecksumOffload || UdpDatagram.IsIntact(packet))
                    _icmpErrors.SendPortUnreachable(packet, now);
                return false;
            // RFC 8200 section 4.7: nothing follows, and that is no error.
            case IpProtocol.NoNext when !packet.IsIPv4:
                core.Counters.Add(Counter.DroppedProtocol);
                return false;
            default:
                core.Counters.Add(Counter.DroppedProtocol);
                _icmpErrors.SendProtocolUnknown(packet, now);
                return false;
        }
    }

    private bool DeliverSegment(in IpPacket packet, Block frame, MonotonicTime now, ref int owner)
    {
        if (!TcpSegment.TryParse(packet.Payload, out var segment))
        {
            core.Counters.Add(Counter.DroppedBadTcpHeader);
            return false;
        }

        var tuple = new FourTuple(packet.Destination, segment.DestinationPort, packet.Source, segment.SourcePort);
        var hash = core.HashOf(tuple);
        owner = core.Share.OwnerOf(hash);
        if (owner != core.Share.Index)
            return false;
        if (!core.Link.ChecksumOffload && !segment.HasValidChecksum(packet.Source, packet.Destination))
        {
            core.Counters.Add(Counter.DroppedBadChecksum);
            return false;
        }

        core.Counters.Add(Counter.SegmentsReceived);
        var payloadStart = frame.Start + packet.Bytes.Length - segment.Payload.Length;
        var arrival = new Arrival(segment, tuple, hash, frame, payloadStart, now)
        {
            IsCe = (packet.TrafficClass & EcnState.CongestionExperienced) == EcnState.CongestionExperienced,
        };
        _segments.Handle(ref arrival);
        return arrival.FrameKept;
    }
}
