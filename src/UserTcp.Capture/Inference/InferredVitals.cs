using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Capture.Inference;

/// <summary>
/// The variables of an end as far as a capture shows them. What it cannot show, such as cwnd, is zero. For pipe stands
/// what is in flight and not SACKed, lost segments included.
/// </summary>
internal static class InferredVitals
{
    public static ConnectionVitals Of(EndModel end, EndModel peer)
    {
        var outOfOrder = new SackBlocks();
        for (var i = 0; i < Math.Min(end.OutOfOrder.Count, SackBlocks.MaxCount); i++)
            outOfOrder.TryAdd(new SackBlock(peer.SeqOf(end.OutOfOrder[i].Start), peer.SeqOf(end.OutOfOrder[i].End)));
        var sacked = end.Sacked.Max is { } max ? end.Sacked.CountIn(end.Una, max) : 0;
        return new ConnectionVitals
        {
            State = ConversationInference.StateOf(end),
            SndUna = end.SeqOf(end.Una),
            SndNxt = end.SeqOf(end.Nxt),
            SndWnd = end.Window ?? 0,
            RcvNxt = peer.SeqOf(end.RcvNxt),
            RcvWnd = end.LastWindow,
            Ssthresh = long.MaxValue,
            Pipe = (int)Math.Clamp(end.Nxt - end.Una - sacked, 0, int.MaxValue),
            Sacked = (int)Math.Min(sacked, int.MaxValue),
            Srtt = end.Rtt.Smoothed + peer.Rtt.Smoothed,
            Recovery = end.RecoveryPoint is null ? RecoveryState.Open
                : end.IsTimeoutRecovery ? RecoveryState.Timeout : RecoveryState.Recovery,
            OutOfOrder = outOfOrder,
            SndMss = peer.Mss ?? 0,
            SndScale = peer.Scale ?? WindowScale.None,
            RcvScale = end.Scale ?? WindowScale.None,
        };
    }
}
