using UserTcp.Capture.Explaining;
using UserTcp.Capture.Reading;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// The rules that an end breaks, with the first frame that shows it. Only what a capture shows without doubt: a missed
/// packet must not look like a broken rule.
/// </summary>
internal sealed class RulesBroken
{
    private readonly SortedDictionary<ReasonId, (int Times, long Frame)> _found = [];

    /// <summary>Each rule, how often it was broken, and where first.</summary>
    public IEnumerable<(ReasonId Rule, int Times, long Frame)> Found =>
        _found.Select(pair => (pair.Key, pair.Value.Times, pair.Value.Frame));

    public void Check(in CapturedSegment segment, SegmentInference inference, EndModel sender, EndModel receiver)
    {
        if (segment.Has(TcpFlags.Rst | TcpFlags.Syn) || segment.HasWrongChecksum)
            return;
        if (!segment.Has(TcpFlags.Ack))
            Add(ReasonId.RuleAckBit, segment.Frame);
        if (inference.Has(SegmentMeaning.BeyondWindow) && inference.Start is not null)
            Add(ReasonId.RuleBeyondWindow, segment.Frame);
        if (inference.IsWindowShrunk)
            Add(ReasonId.RuleWindowShrunk, segment.Frame);
        if (sender.FinEnd is { } fin && inference.Start + segment.Length > fin)
            Add(ReasonId.RuleDataAfterFin, segment.Frame);
        if (segment.HasOptionsCut || !sender.HasSyn || !receiver.HasSyn)
            return;
        if (segment.Sack.Count > 0 && !receiver.PermitsSack)
            Add(ReasonId.RuleSackNotPermitted, segment.Frame);
        if (segment.Timestamps is null && sender.OffersTimestamps && receiver.OffersTimestamps)
            Add(ReasonId.RuleTimestampsLeftOut, segment.Frame);
    }

    private void Add(ReasonId rule, long frame) =>
        _found[rule] = _found.TryGetValue(rule, out var found) ? (found.Times + 1, found.Frame) : (1, frame);
}
