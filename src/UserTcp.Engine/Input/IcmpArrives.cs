using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>ICMP for this host (RFC 792, RFC 4443): answers echo requests, and takes errors to the connection they quote.</summary>
internal static class IcmpArrives
{

    /// <summary>Errors are for the engine that has the connection, which <paramref name="owner"/> says; anybody may answer an echo.</summary>
    public static void Handle(EngineState engine, in IpPacket packet, MonotonicTime now, ref int owner)
    {
        if (!IcmpMessage.TryParse(packet.Payload, out var message) ||
            !message.HasValidChecksum(packet.Source, packet.Destination))
        {
            engine.Counters.Add(Counter.DroppedIcmp);
            return;
        }

        var isEcho = message.Type == (packet.IsIPv4 ? IcmpV4.EchoRequest : IcmpV6.EchoRequest);
        if (isEcho)
            Reply(engine, packet, message);
        else
            QuotedErrors.Handle(engine, packet.IsIPv4, message, now, ref owner);
    }

    /// <summary>Everything after type and code comes back as it was (RFC 1122 section 3.2.2.6).</summary>
    private static void Reply(EngineState engine, in IpPacket packet, in IcmpMessage request)
    {
        if (engine.Pool.TryRent(request.Bytes.Length) is not { } block)
        {
            engine.Counters.Add(Counter.DroppedReply);
            return;
        }

        var type = packet.IsIPv4 ? IcmpV4.EchoReply : IcmpV6.EchoReply;
        block.End = IcmpMessage.Write(block.Array, type, 0, request.Rest, request.Body, packet.Destination, packet.Source);
        if (engine.Replies.TryAddIcmp(new FourTuple(packet.Destination, default, packet.Source, default), block))
        {
            engine.Counters.Add(Counter.EchoReplies);
            return;
        }

        block.Release();
        engine.Counters.Add(Counter.DroppedReply);
    }
}
