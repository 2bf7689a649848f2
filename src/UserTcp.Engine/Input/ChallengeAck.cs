using UserTcp.Engine.Contract;
using UserTcp.Engine.State;

namespace UserTcp.Engine.Input;

/// <summary>Challenge ACKs (RFC 5961): they report where this end is, to a peer whose segment may be forged.</summary>
internal static class ChallengeAck
{
    /// <summary>
    /// Requests a challenge ACK, at most one for each connection in <see cref="EngineOptions.ChallengeAckInterval"/>
    /// (RFC 5961 section 7). A limit shared by connections would leak one connection's state to an attacker of another
    /// (CVE-2016-5696).
    /// </summary>
    public static void Request(EngineState engine, Tcb tcb, SegmentReason reason, ref Arrival arrival)
    {
        if (arrival.Now < tcb.NextChallengeAck)
        {
            arrival.Meaning |= SegmentMeaning.ChallengeSuppressed;
            return;
        }

        tcb.NextChallengeAck = arrival.Now + engine.Options.ChallengeAckInterval;
        tcb.Pending.Ack = reason;
        if (reason == SegmentReason.ChallengeAck)
            engine.Counters.Add(Counter.ChallengeAcks);
    }
}
