using System.Runtime.CompilerServices;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// A frame from the link: checks its IP header and hands it to TCP, UDP or ICMP, a fragment to reassembly. A malformed
/// frame is counted and dropped.
/// </summary>
internal static class FrameInput
{
    /// <summary>Handles a frame.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="now">The time.</param>
    /// <param name="owner">The share that the frame is for. The frame of another share is only counted.</param>
    /// <returns>True when the frame's block has become part of a receive queue.</returns>
    // Not inlined into the caller's try block, where the JIT would keep every local in memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Handle(EngineState engine, Block frame, MonotonicTime now, out int owner)
    {
        owner = engine.Share.Index;
        engine.Current.EnterStateless();
        var isKept = Parse(engine, frame, now, ref owner);
        engine.Current.Leave();
        engine.Counters.Add(owner == engine.Share.Index ? Counter.FramesReceived : Counter.FramesHandedOver);
        return isKept;
    }

    private static bool Parse(EngineState engine, Block frame, MonotonicTime now, ref int owner)
    {
        var verifyChecksum = !engine.Link.ChecksumOffload;
        var isWhole = IpPacket.TryParse(frame.Content, verifyChecksum, out var packet, out var error);
        if (!isWhole && error != IpParseError.Fragment)
        {
            engine.Counters.Add(Counter.DroppedBadIpHeader);
            return false;
        }

        if (!IsForUs(engine, packet, frame) || HasFault(engine, packet, now))
            return false;
        engine.At(FaultPoint.FrameParsed);
        if (isWhole)
            return Deliver(engine, packet, frame, now, ref owner);
        if (FragmentInput.Handle(engine, packet, now, ref owner) is { } whole)
            DeliverWhole(engine, whole, frame, now, ref owner);
        return false;
    }

    private static bool IsForUs(EngineState engine, in IpPacket packet, Block frame)
    {
        if (frame.IsLooped ? !engine.Addresses.Contains(packet.Source) : engine.Addresses.IsMartian(packet.Source))
        {
            engine.Counters.Add(Counter.DroppedMartian);
            return false;
        }

        if (engine.Addresses.Contains(packet.Destination) && (frame.IsLooped || !packet.Destination.IsLoopback))
            return true;
        engine.Counters.Add(Counter.DroppedNotForUs);
        return false;
    }

    private static bool HasFault(EngineState engine, in IpPacket packet, MonotonicTime now)
    {
        if (!IpOptions.TryFindFault(packet, out var fault))
            return false;
        engine.Counters.Add(Counter.DroppedIpOptions);
        if (fault.DrawsError)
            IcmpErrors.SendParameterProblem(engine, packet, fault.Code, fault.Pointer, now);
        return true;
    }

    /// <summary>
    /// Delivers a packet that was put together. When it belongs to another engine, the last fragment's block takes it
    /// there.
    /// </summary>
    private static void DeliverWhole(EngineState engine, Block whole, Block frame, MonotonicTime now, ref int owner)
    {
        whole.IsLooped = frame.IsLooped;
        if (!IpPacket.TryParse(whole.Content, verifyChecksum: false, out var packet, out _))
            engine.Counters.Add(Counter.DroppedBadIpHeader);
        else if (!HasFault(engine, packet, now) && IsIntact(engine, packet)
            && Deliver(engine, packet, whole, now, ref owner))
        {
            return;
        }

        if (owner != engine.Share.Index && !TryCopy(whole, frame))
        {
            engine.Counters.Add(Counter.DroppedHandOver);
            owner = engine.Share.Index;
        }

        whole.Release();
    }

    /// <summary>
    /// The checksum shows whether these fragments belong together (RFC 4963 section 4). No link has verified it.
    /// </summary>
    private static bool IsIntact(EngineState engine, in IpPacket packet)
    {
        if (packet.Protocol == IpProtocol.Tcp && TcpSegment.TryParse(packet.Payload, out var segment)
            && !segment.HasValidChecksum(packet.Source, packet.Destination))
        {
            engine.Counters.Add(Counter.DroppedBadChecksum);
            return false;
        }

        if (packet.Protocol == IpProtocol.Udp && UdpDatagram.TryParse(packet.Payload, out var datagram)
            && !datagram.HasValidChecksum(packet.Source, packet.Destination))
        {
            engine.Counters.Add(Counter.UdpInCsumErrors);
            engine.Counters.Add(Counter.UdpInErrors);
            return false;
        }

        return true;
    }

    private static bool TryCopy(Block whole, Block frame)
    {
        if (frame.IsLent || frame.Capacity < whole.Length)
            return false;
        whole.Content.CopyTo(frame.Array);
        (frame.Start, frame.End) = (0, whole.Length);
        return true;
    }

    private static bool Deliver(EngineState engine, in IpPacket packet, Block frame, MonotonicTime now, ref int owner)
    {
        switch (packet.Protocol)
        {
            case IpProtocol.Tcp:
                return DeliverSegment(engine, packet, frame, now, ref owner);
            case IpProtocol.Icmp when packet.IsIPv4:
            case IpProtocol.IcmpV6 when !packet.IsIPv4:
                IcmpInput.Handle(engine, packet, now, ref owner);
                return false;
            case IpProtocol.Udp:
                UdpInput.Handle(engine, packet, now, ref owner);
                return false;
            // RFC 8200 section 4.7: No Next Header draws no error.
            case IpProtocol.NoNext when !packet.IsIPv4:
                engine.Counters.Add(Counter.DroppedProtocol);
                return false;
            default:
                engine.Counters.Add(Counter.DroppedProtocol);
                IcmpErrors.SendProtocolUnknown(engine, packet, now);
                return false;
        }
    }

    private static bool DeliverSegment(
        EngineState engine, in IpPacket packet, Block frame, MonotonicTime now, ref int owner)
    {
        if (!TcpSegment.TryParse(packet.Payload, out var segment))
        {
            engine.Counters.Add(Counter.DroppedBadTcpHeader);
            return false;
        }

        var tuple = new FourTuple(packet.Destination, segment.DestinationPort, packet.Source, segment.SourcePort);
        var hash = engine.HashOf(tuple);
        owner = engine.Share.OwnerOf(hash);
        if (owner != engine.Share.Index)
            return false;
        if (!engine.Link.ChecksumOffload && !segment.HasValidChecksum(packet.Source, packet.Destination))
        {
            engine.Counters.Add(Counter.DroppedBadChecksum);
            return false;
        }

        engine.Counters.Add(Counter.SegmentsReceived);
        var payloadStart = frame.Start + packet.Bytes.Length - segment.Payload.Length;
        var isCe = (packet.TrafficClass & EcnState.CongestionExperienced) == EcnState.CongestionExperienced;
        // A constructor, because an object initializer would copy the whole arrival.
        var arrival = new Arrival(segment, tuple, hash, frame, payloadStart, isCe, now);
        SegmentArrives.Handle(engine, ref arrival);
        return arrival.FrameKept;
    }
}
