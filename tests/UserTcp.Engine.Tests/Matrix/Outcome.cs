using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Engine.Tests.Matrix;

/// <summary>A segment that answers: SEQ relative to our ISN, ACK to the peer's; as they stand in the header where they stand for nothing.</summary>
public readonly record struct Answer(TcpFlags Flags, uint Seq, uint Ack)
{
    /// <summary>SEQ of a SYN of a connection that begins anew, wherever it begins.</summary>
    public const uint AnewSeq = 0;

    /// <summary>Reads an answer: a RST of a connection that is not there has no number of its own, and without ACK acknowledges nothing.</summary>
    public static Answer Read(in TcpHeader header, SeqNum iss, SeqNum irs)
    {
        var flags = header.Flags & ~TcpFlags.Psh;
        var isBare = flags == (TcpFlags.Rst | TcpFlags.Ack) && header.Seq.Value == 0;
        return unchecked(new Answer(
            flags,
            isBare ? 0 : header.Seq.Value - iss.Value,
            (flags & TcpFlags.Ack) == 0 ? header.Ack.Value : header.Ack.Value - irs.Value));
    }

    /// <summary>A short name for the forms that RFC 9293 knows, for what it says about the segment that is answered.</summary>
    public string FormFor(TcpState state, Numbers numbers, PeerSegment segment)
    {
        var rcvNxt = state == TcpState.SynSent ? unchecked(segment.Seq + 1) : numbers.RcvNxt;
        var more = unchecked(Ack - rcvNxt);
        return Flags switch
        {
            TcpFlags.Ack when Seq == numbers.SndNxt && more <= (uint)Axes.Data.Length => more == 0 ? "ACK" : $"ACK+{more}",
            TcpFlags.Rst when Seq == segment.Ack && Ack == 0 => "RST",
            TcpFlags.Rst | TcpFlags.Ack when Seq == 0 && Ack == unchecked(segment.Seq + segment.Length) => "RST,ACK",
            TcpFlags.Syn | TcpFlags.Ack when Seq == AnewSeq && Ack == unchecked(segment.Seq + 1) => "SYN,ACK",
            _ => $"<{Flags} seq={Seq} ack={Ack}>",
        };
    }
}

/// <summary>What the arrival of a segment comes to.</summary>
/// <param name="Answer">What is sent at once; null for nothing.</param>
/// <param name="After">The state afterwards.</param>
/// <param name="Delivered">Octets of text that the user can read.</param>
/// <param name="Held">Octets of text, and a FIN, kept until what precedes them is there.</param>
/// <param name="Restarted">2 MSL begin again.</param>
internal sealed record Outcome(Answer? Answer, TcpState After, int Delivered = 0, int Held = 0, bool Restarted = false);
