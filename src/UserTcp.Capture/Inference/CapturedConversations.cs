using UserTcp.Capture.Reading;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// Sorts the packets of a capture into TCP conversations. Bounded: segments beyond a limit are counted, not kept.
/// </summary>
/// <param name="maxSegments">The max number of segments kept in all; each takes about 200 bytes.</param>
public sealed class CapturedConversations(int maxSegments = 2_000_000)
{
    private readonly Dictionary<FourTuple, CapturedConversation> _current = [];
    private readonly List<CapturedConversation> _all = [];
    private int _kept;

    /// <summary>The conversations, in the order of their first segments.</summary>
    public IReadOnlyList<CapturedConversation> All => _all;

    /// <summary>Packets of other protocols.</summary>
    public long OtherPackets { get; private set; }

    /// <summary>Fragments of IP packets, which are not put together.</summary>
    public long Fragments { get; private set; }

    /// <summary>Packets whose lengths contradict each other, or of which not even the headers were captured.</summary>
    public long UnusablePackets { get; private set; }

    /// <summary>Packets that were not captured as a whole.</summary>
    public long CutPackets { get; private set; }

    /// <summary>Segments that were not kept because of the limit.</summary>
    public long OmittedSegments { get; private set; }

    /// <summary>Adds the next packet of the capture.</summary>
    public void Add(in CapturedPacket packet)
    {
        if (packet.Bytes.Length < packet.Length)
            CutPackets++;
        switch (SegmentParser.Parse(packet, out var segment, out var tuple))
        {
            case PacketKind.Other:
                OtherPackets++;
                break;
            case PacketKind.Fragment:
                Fragments++;
                break;
            case PacketKind.Unusable:
                UnusablePackets++;
                break;
            case PacketKind.Tcp when _kept == maxSegments:
                OmittedSegments++;
                break;
            default:
                _kept++;
                Add(segment, tuple);
                break;
        }
    }

    private void Add(in CapturedSegment segment, in FourTuple tuple)
    {
        var reverse = tuple.Reverse;
        var conversation = Find(tuple, reverse);
        var directed = segment with { IsFromFirst = conversation?.Ends == tuple };
        var isSyn = segment.Has(TcpFlags.Syn) && !segment.Has(TcpFlags.Ack);
        if (conversation is null || (isSyn && conversation.IsOver(directed)))
        {
            if (conversation is not null)
                _current.Remove(conversation.Ends);
            var ends = IsOpener(segment, tuple) ? tuple : reverse;
            conversation = new CapturedConversation(_all.Count + 1, ends);
            _all.Add(conversation);
            _current.Add(ends, conversation);
            directed = segment with { IsFromFirst = ends == tuple };
        }

        conversation.Add(directed);
    }

    private CapturedConversation? Find(in FourTuple tuple, in FourTuple reverse) =>
        _current.GetValueOrDefault(tuple) ?? _current.GetValueOrDefault(reverse);

    /// <summary>A SYN shows who opens. Without one the higher port is taken for the client's.</summary>
    internal static bool IsOpener(in CapturedSegment segment, in FourTuple tuple) => segment.Has(TcpFlags.Syn)
        ? !segment.Has(TcpFlags.Ack)
        : tuple.LocalPort.Value >= tuple.RemotePort.Value;
}
