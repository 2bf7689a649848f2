using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>A reply: SEQ relative to ISS and ACK to IRS; header values where a field has no meaning.</summary>
public readonly record struct Answer(TcpFlags Flags, uint Seq, uint Ack)
{
    /// <summary>SEQ of a SYN with a new ISS, at any value.</summary>
    public const uint FreshSeq = 0;

    /// <summary>
    /// Reads a reply: a RST without a connection has no relative SEQ, and without ACK acknowledges nothing.
    /// </summary>
    public static Answer Read(in TcpHeader header, SeqNum iss, SeqNum irs)
    {
        var flags = header.Flags & ~TcpFlags.Psh;
        var isBare = flags == (TcpFlags.Rst | TcpFlags.Ack) && header.Seq.Value == 0;
        return unchecked(new Answer(
            flags,
            isBare ? 0 : header.Seq.Value - iss.Value,
            (flags & TcpFlags.Ack) == 0 ? header.Ack.Value : header.Ack.Value - irs.Value));
    }

    /// <summary>The short name of a reply in a form of RFC 9293, given the segment that it answers.</summary>
    public string FormFor(TcpState state, Numbers numbers, PeerSegment segment)
    {
        var rcvNxt = state == TcpState.SynSent ? unchecked(segment.Seq + 1) : numbers.RcvNxt;
        var more = unchecked(Ack - rcvNxt);
        return Flags switch
        {
            TcpFlags.Ack when Seq == numbers.SndNxt && more <= (uint)Axes.Data.Length =>
                more == 0 ? "ACK" : $"ACK+{more}",
            TcpFlags.Rst when Seq == segment.Ack && Ack == 0 => "RST",
            TcpFlags.Rst | TcpFlags.Ack when Seq == 0 && Ack == unchecked(segment.Seq + segment.Length) => "RST,ACK",
            TcpFlags.Syn | TcpFlags.Ack when Seq == FreshSeq && Ack == unchecked(segment.Seq + 1) => "SYN,ACK",
            _ => $"<{Flags} seq={Seq} ack={Ack}>",
        };
    }
}

/// <summary>The outcome of the arrival of a segment.</summary>
/// <param name="Answer">The reply sent at once; null if none.</param>
/// <param name="After">The state afterwards.</param>
/// <param name="Delivered">Bytes that the application can read.</param>
/// <param name="Held">Bytes, and a FIN, kept until the gap below them is filled.</param>
/// <param name="Restarted">2 MSL restarts.</param>
internal sealed record Outcome(Answer? Answer, TcpState After, int Delivered = 0, int Held = 0, bool Restarted = false);
