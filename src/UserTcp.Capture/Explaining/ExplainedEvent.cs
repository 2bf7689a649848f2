using System.Text;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Explaining;

/// <summary>A variable of a connection that an event changed.</summary>
/// <param name="Name">The RFC's name: SND.UNA, cwnd, ...</param>
/// <param name="Before">Its value before; null when it was not known.</param>
/// <param name="After">Its value after.</param>
public readonly record struct Change(string Name, string? Before, string After);

/// <summary>
/// An event with what can be said of it. Sequence numbers are relative to the ISNs where these are known.
/// </summary>
public sealed record ExplainedEvent
{
    private TcpState? _peerState;

    /// <summary>The event.</summary>
    public required TraceEvent Event { get; init; }

    /// <summary>What can be said, the most important first. Not empty.</summary>
    public required IReadOnlyList<Phrase> Phrases { get; init; }

    /// <summary>The number of the event that caused it; null when the cause is outside, or was not recorded.</summary>
    public long? Because { get; init; }

    /// <summary>
    /// The number of the event that it is about: the segment that is retransmitted, acknowledged, found to be lost, or
    /// that the link judged. Null when there is none, or it was not recorded.
    /// </summary>
    public long? Of { get; init; }

    /// <summary>What it changed; empty when nothing is known of before.</summary>
    public IReadOnlyList<Change> Changes { get; init; } = [];

    /// <summary>ISS; null when unknown.</summary>
    public SeqNum? Iss { get; init; }

    /// <summary>IRS; null when unknown.</summary>
    public SeqNum? Irs { get; init; }

    /// <summary>The window of the segment in bytes, scaled as far as the scale is known.</summary>
    public uint Window { get; init; }

    /// <summary>The state of the peer's end, as far as the segments show it; null when they do not.</summary>
    public TcpState? PeerState
    {
        get => _peerState;
        init => _peerState = value;
    }

    /// <summary>
    /// The peer's kernel has said <see cref="PeerState"/> (sock_diag(7)): it is not inferred from the segments.
    /// </summary>
    public bool IsPeerStateRead { get; init; }

    /// <summary>The link lost the segment of this event. Known only once the link has judged it.</summary>
    public bool IsLost { get; internal set; }

    /// <summary>The highest severity of the phrases.</summary>
    public Severity Severity => Phrases.Max(phrase => phrase.Reason.Severity);

    /// <summary>The link has lost the segment of this event: the peer is still as it was before.</summary>
    internal void Lose(TcpState? peerState) => (IsLost, _peerState) = (true, peerState);

    /// <summary>All that can be said, as one sentence.</summary>
    public string Say(Language language = Language.English)
    {
        var sentence = new StringBuilder();
        foreach (var phrase in Phrases)
            sentence.Append(sentence.Length > 0 ? "; " : "").Append(phrase.Say(language));
        return sentence.ToString();
    }
}
