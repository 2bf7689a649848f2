using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Engine.State;
using UserTcp.Wire;

namespace UserTcp.Engine.Input;

/// <summary>
/// A segment on its way through the steps of RFC 9293 section 3.10.7. Lives for one call. <see cref="Seq"/>, <see cref="Payload"/>
/// and <see cref="Fin"/> are trimmed to the window on the way; <see cref="Segment"/> stays as it came.
/// </summary>
internal ref struct Arrival
{
    public Arrival(in TcpSegment segment, in FourTuple tuple, ulong hash, Block frame, int payloadStart, MonotonicTime now)
    {
        Segment = segment;
        Tuple = tuple;
        Hash = hash;
        Frame = frame;
        PayloadStart = payloadStart;
        Now = now;
        Seq = segment.Seq;
        Payload = segment.Payload;
        Fin = segment.Has(TcpFlags.Fin);
    }

    public readonly TcpSegment Segment;
    public readonly FourTuple Tuple;

    /// <summary>The tuple's hash (<see cref="EngineState.HashOf"/>).</summary>
    public readonly ulong Hash;

    public readonly Block Frame;
    public readonly MonotonicTime Now;

    /// <summary>SEG.TSval and SEG.TSecr on a connection that uses timestamps; null when the segment has none, and elsewhere.</summary>
    public TcpTimestamps? Timestamps;

    /// <summary>SEG.SEQ of what is left.</summary>
    public SeqNum Seq;

    /// <summary>Text that is left.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>Where the text starts in the frame's block.</summary>
    public int PayloadStart;

    /// <summary>The FIN is in the window.</summary>
    public bool Fin;

    /// <summary>The packet was marked on its way: CE (RFC 3168 section 5).</summary>
    public bool IsCe;

    /// <summary>The segment has brought a SYN cookie back. Its echo is no measure of the round trip.</summary>
    public bool HasCookie;

    /// <summary>The segment may follow one with a SYN cookie that is lost: it must not draw a RST.</summary>
    public bool MayFollowCookie;

    /// <summary>The SYN has not been trimmed off.</summary>
    public bool HasSyn;

    /// <summary>The frame's block now belongs to a receive queue.</summary>
    public bool FrameKept;

    /// <summary>Drops what lies before <paramref name="nxt"/> and after <paramref name="edge"/> (section 3.10.7.4, "trimming off").</summary>
    public void Trim(SeqNum nxt, SeqNum edge)
    {
        var front = Math.Clamp(nxt - Seq, 0, Payload.Length);
        Seq += front;
        PayloadStart += front;
        Payload = Payload[front..];
        var fits = Math.Clamp(edge - Seq, 0, Payload.Length);
        if (fits < Payload.Length)
        {
            Payload = Payload[..fits];
            Fin = false;
        }
    }
}
