using UserTcp.Capture.Explaining;
using UserTcp.Engine.Contract;

namespace UserTcp.Capture.Inference;

/// <summary>What is inferred of a segment, for its sender and for its receiver.</summary>
internal sealed class SegmentInference
{
    private List<Phrase>? _notes;

    /// <summary>Why it was sent.</summary>
    public SegmentReason Reason { get; set; } = SegmentReason.Data;

    /// <summary>What to say of a departure instead of the sentence of <see cref="Reason"/>; null for that.</summary>
    public ReasonId? Main { get; set; }

    /// <summary>What to say of the arrival instead of everything else; null for that.</summary>
    public ReasonId? ArrivalMain { get; set; }

    /// <summary>What to say only when its sender is the end that is explained; null for none.</summary>
    public Phrase? SenderNote { get; set; }

    /// <summary>What it means for its receiver.</summary>
    public SegmentMeaning Meaning { get; set; }

    /// <summary>How its receiver disposes of it.</summary>
    public Disposition Disposition { get; set; } = Disposition.Accepted;

    /// <summary>The sender's state before.</summary>
    public TcpState SenderBefore { get; init; }

    /// <summary>The receiver's state before.</summary>
    public TcpState ReceiverBefore { get; init; }

    /// <summary>Why it is a retransmission; <see cref="RetransmissionCause.None"/> when it is none.</summary>
    public RetransmissionCause Cause { get; set; }

    /// <summary>How long the sender waited for an ACK before it retransmitted.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>The frame that it retransmits; null when none was captured.</summary>
    public long? Original { get; set; }

    /// <summary>The frame that caused it; null when nothing in the capture shows a cause.</summary>
    public long? Because { get; set; }

    /// <summary>The receiver had the data already, as far as the capture shows.</summary>
    public bool IsSpurious { get; set; }

    /// <summary>
    /// RCV.NXT of the receiver before it, an offset, when it shows that the receiver had less than passed; else null.
    /// </summary>
    public long? NotReceivedBefore { get; set; }

    /// <summary>It moves the right edge of its sender's window left.</summary>
    public bool IsWindowShrunk { get; set; }

    /// <summary>Its sender announces a window of zero.</summary>
    public bool IsWindowClosed { get; set; }

    /// <summary>It was reordered before the capture point.</summary>
    public bool IsReordered { get; set; }

    /// <summary>The offset of its first sequence number; null when it is far from the conversation's.</summary>
    public long? Start { get; set; }

    /// <summary>What the capture shows beyond the table's sentences for a stack of one's own.</summary>
    public IReadOnlyList<Phrase> Notes => _notes ?? (IReadOnlyList<Phrase>)[];

    /// <summary>Why it is a retransmission, in words; null when it is none, or they say nothing more.</summary>
    public Phrase? CauseNote { get; private set; }

    /// <summary>Says why it is a retransmission.</summary>
    public void NoteCause(ReasonId reason, params (string Name, object Value)[] arguments) =>
        CauseNote = new Phrase(reason, arguments);

    /// <summary>Adds a note.</summary>
    public void Note(ReasonId reason, params (string Name, object Value)[] arguments) =>
        (_notes ??= []).Add(new Phrase(reason, arguments));

    /// <summary>True when the segment means this to its receiver.</summary>
    public bool Has(SegmentMeaning meaning) => (Meaning & meaning) != 0;
}

/// <summary>Why a sender retransmits, as far as a capture shows it.</summary>
internal enum RetransmissionCause
{
    /// <summary>It is no retransmission.</summary>
    None,

    /// <summary>SACK reports data above it.</summary>
    Sack,

    /// <summary>Duplicate ACKs.</summary>
    DuplicateAcks,

    /// <summary>A further segment of a recovery.</summary>
    Recovery,

    /// <summary>The retransmission timeout.</summary>
    Timeout,

    /// <summary>A tail loss probe.</summary>
    TailLossProbe,

    /// <summary>The same frame a second time: duplicated on the path, or captured twice.</summary>
    Duplicated,

    /// <summary>The capture does not show it.</summary>
    Unknown,
}
