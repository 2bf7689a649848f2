using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Testing.Reports;

/// <summary>
/// The sentences of sent segments, by their headers. The n-th frame with a header is the n-th segment that a host has
/// sent with it. A frame without such an event has none.
/// </summary>
internal sealed class FrameSentences
{
    private readonly Dictionary<Key, Queue<string>> _sentences = [];

    public FrameSentences(VirtualNetwork network)
    {
        foreach (var host in network.Hosts)
        {
            foreach (var explained in host.Ladder.Conversations.SelectMany(host.Ladder.Events))
            {
                if (explained.Event is not { Kind: TraceEventKind.Segment, Segment: { Sent: true } segment })
                    continue;
                var key = new Key(segment.Tuple, segment.Header, segment.PayloadLength, segment.Timestamps);
                if (!_sentences.TryGetValue(key, out var queue))
                    _sentences.Add(key, queue = new Queue<string>());
                queue.Enqueue(explained.Say());
            }
        }
    }

    /// <summary>The sentence of the next frame; null for none.</summary>
    public string? DequeueFor(ReadOnlySpan<byte> frame)
    {
        if (!IpPacket.TryParse(frame, verifyChecksum: false, out var packet, out _)
            || packet.Protocol != IpProtocol.Tcp || !TcpSegment.TryParse(packet.Payload, out var segment))
        {
            return null;
        }

        var key = new Key(
            new FourTuple(packet.Source, segment.SourcePort, packet.Destination, segment.DestinationPort),
            new TcpHeader(
                segment.SourcePort, segment.DestinationPort, segment.Seq, segment.Ack, segment.Flags, segment.Window,
                segment.UrgentPointer),
            segment.Payload.Length, segment.ParseOptions().Timestamps);
        return _sentences.TryGetValue(key, out var queue) && queue.TryDequeue(out var sentence) ? sentence : null;
    }

    private readonly record struct Key(FourTuple Tuple, TcpHeader Header, int Length, TcpTimestamps? Timestamps);
}
