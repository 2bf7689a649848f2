using UserTcp.Engine.Buffers;
using UserTcp.Wire;

namespace UserTcp.Engine.Events;

/// <summary>
/// A segment on its way through the steps of RFC 9293 section 3.10.7. Lives for one call. <see cref="Seq"/>, <see cref="Text"/>
/// and <see cref="Fin"/> are trimmed to the window on the way; <see cref="Segment"/> stays as it came.
/// </summary>
internal ref struct Arrival
{
    public Arrival(in TcpSegment segment, in FourTuple tuple, ulong hash, Block frame, int textStart, MonotonicTime now)
    {
        Segment = segment;
        Tuple = tuple;
        Hash = hash;
        Frame = frame;
        TextStart = textStart;
        Now = now;
        Seq = segment.Seq;
        Text = segment.Text;
        Fin = segment.Has(TcpFlags.Fin);
    }

    public readonly TcpSegment Segment;
    public readonly FourTuple Tuple;

    /// <summary>The tuple's hash (<see cref="EngineCore.HashOf"/>).</summary>
    public readonly ulong Hash;

    public readonly Block Frame;
    public readonly MonotonicTime Now;

    /// <summary>SEG.TSval and SEG.TSecr on a connection that uses timestamps; null when the segment has none, and elsewhere.</summary>
    public TcpTimestamps? Timestamps;

    /// <summary>SEG.SEQ of what is left.</summary>
    public SeqNum Seq;

    /// <summary>Text that is left.</summary>
    public ReadOnlySpan<byte> Text;

    /// <summary>Where the text starts in the frame's block.</summary>
    public int TextStart;

    /// <summary>The FIN is in the window.</summary>
    public bool Fin;

    /// <summary>The packet was marked on its way: CE (RFC 3168 section 5).</summary>
    public bool IsMarked;

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
        var front = Math.Clamp(nxt - Seq, 0, Text.Length);
        Seq += front;
        TextStart += front;
        Text = Text[front..];
        var fits = Math.Clamp(edge - Seq, 0, Text.Length);
        if (fits < Text.Length)
        {
            Text = Text[..fits];
            Fin = false;
        }
    }
}
