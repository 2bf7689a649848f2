using System.Globalization;
using UserTcp.Cli.Control;

namespace UserTcp.Cli.Commands;

/// <summary>The lines of `ss` below a connection, with the names that ss(8) has.</summary>
/// <param name="Info">The engine's state.</param>
/// <param name="Timers">The timers.</param>
/// <param name="Memory">The buffers.</param>
internal sealed record ConnectionDetails(bool Info, bool Timers, bool Memory)
{
    /// <summary>The lines of a row; none when nothing was asked for.</summary>
    public IEnumerable<string> Lines(ConnectionRow row)
    {
        if (row.TimeWaitLeftSeconds is { } left)
        {
            if (Info || Timers)
                yield return string.Create(CultureInfo.InvariantCulture, $"timer:(timewait,{left:F1}sec)");
            yield break;
        }

        // A listener has no state of its own.
        if (row.CongestionControl is null)
            yield break;
        if (Timers && row.Timers.Count > 0)
            yield return string.Join(' ', row.Timers.Select(timer => TimerOf(timer, row)));
        if (Memory)
            yield return string.Create(
                CultureInfo.InvariantCulture, $"rcvbuf:{row.ReceiveBufferSize} sndbuf:{row.SendBufferSize}");
        if (!Info)
            yield break;
        yield return Engine(row);
        yield return Limits(row);
    }

    private static string TimerOf(TimerRow timer, ConnectionRow row)
    {
        var backoff = timer.Timer == "Retransmission" ? $",{row.Backoff}" : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"timer:({NameOf(timer.Timer)},{timer.DueMilliseconds:F0}ms{backoff})");
    }

    private static string NameOf(string timer) => timer switch
    {
        "Retransmission" => "on",
        "Persist" => "persist",
        "KeepAlive" => "keepalive",
        "DelayedAck" => "delack",
        "Reordering" => "reo",
        "TailLossProbe" => "tlp",
        "GiveUp" => "giveup",
        "Pacing" => "pacing",
        _ => "minprogress",
    };

    private static string Engine(ConnectionRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(row.Timestamps ? "ts " : "")}{(row.Sack ? "sack " : "")}{(row.Ecn ? "ecn " : "")}"
        + $"{(row.CongestionControl is { } control ? control + " " : "")}"
        + $"wscale:{row.SendScale},{row.ReceiveScale} mss:{row.Mss} pmss:{row.PeerMss} "
        + $"cwnd:{row.Cwnd} ssthresh:{row.Ssthresh?.ToString(CultureInfo.InvariantCulture) ?? "-"} "
        + $"rtt:{row.SrttMicroseconds / 1000:F3}/{row.RttvarMicroseconds / 1000:F3} "
        + $"minrtt:{row.MinRttMicroseconds / 1000:F3} rto:{row.RtoMilliseconds:F0} backoff:{row.Backoff} "
        + $"snd_una:{row.SndUna} snd_nxt:{row.SndNxt} snd_wnd:{row.SndWnd} "
        + $"rcv_nxt:{row.RcvNxt} rcv_wnd:{row.RcvWnd} unacked:{row.FlightSize} notsent:{row.Unsent} "
        + $"retrans:{row.Retransmissions} lost:{row.Lost} sacked:{row.SackedSegments} "
        + $"{(row.PacingRate is { } rate ? $"pacing_rate:{rate * 8}bps " : "")}"
        + $"bytes_acked:{row.OctetsAcknowledged} bytes_received:{row.OctetsReceived}"
        + $"{Age(" lastsnd", row.LastSentMilliseconds)}{Age(" lastrcv", row.LastReceivedMilliseconds)}"
        + $"{Age(" lastack", row.LastAckMilliseconds)}");

    private static string Limits(ConnectionRow row)
    {
        var times = new[]
        {
            Limited("rwnd_limited", row.PeerWindowLimitedMilliseconds),
            Limited("cwnd_limited", row.CongestionWindowLimitedMilliseconds),
            Limited("pacing_limited", row.PacingLimitedMilliseconds),
        };
        return $"recovery:{row.Recovery} {string.Concat(times)}why:{row.Why ?? "nothing limits the sender"}";
    }

    private static string Limited(string name, double milliseconds) => milliseconds < 1 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{name}:{milliseconds:F0}ms ");

    private static string Age(string name, double? milliseconds) => milliseconds is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{name}:{known:F0}") : "";
}
