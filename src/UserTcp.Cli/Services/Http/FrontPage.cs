using System.Globalization;
using System.Text;
using UserTcp.Cli.Control;
using static System.FormattableString;

namespace UserTcp.Cli.Services.Http;

/// <summary>The page at /: what this is, and the current figures of the visitor's own connection.</summary>
internal static class FrontPage
{
    private const string Head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>UserTcp</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 3rem auto; padding: 0 1rem; color: #1c2430; background: #fbfbfa }
        h1 { font-size: 1.8rem; margin-bottom: .2rem }
        h2 { font-size: 1.1rem; margin-top: 2rem }
        p.lead { margin-top: 0; color: #54606e }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
        td, th { padding: .2rem 1rem .2rem 0; text-align: left; border-bottom: 1px solid #e3e5e8 }
        code { background: #eef0f2; padding: .1rem .3rem; border-radius: 3px }
        @media (prefers-color-scheme: dark) { body { color: #d8dee6; background: #14181d } td, th { border-color: #2b323a } code { background: #232a31 } p.lead { color: #93a0ae } }
        </style>
        </head>
        <body>
        <h1>UserTcp</h1>
        <p class="lead">This page came over a TCP/IP stack that runs in user space, written in C#. The kernel carried IP packets, and nothing more.</p>
        <p>Move octets: <code>GET /bytes/100M</code> downloads, <code>PUT /bytes</code> uploads and answers with the SHA-256;
        <code>/connections</code> is the table below as JSON. <code>usertcp ss</code> shows all connections to the user who runs the stack.</p>
        """;

    /// <summary>The page for a visitor's own connection, of which there is one row.</summary>
    /// <param name="own">The row.</param>
    /// <param name="protocol">The version of HTTP.</param>
    public static string Render(ConnectionRow[] own, string protocol)
    {
        var page = new StringBuilder(Head);
        foreach (var row in own)
            AppendConnection(page, row, protocol);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void AppendConnection(StringBuilder page, ConnectionRow row, string protocol)
    {
        page.Append("<h2>Your connection</h2>\n<table>\n");
        AppendRow(page, "Protocol", protocol);
        AppendRow(page, "State", row.State);
        AppendRow(page, "This end", row.Local);
        AppendRow(page, "Your end", row.Peer);
        AppendRow(
            page, "Round trip (SRTT, RTTVAR)",
            Invariant($"{row.SrttMicroseconds:N0} µs, {row.RttvarMicroseconds:N0} µs"));
        AppendRow(page, "Retransmission timeout", Invariant($"{row.RtoMilliseconds:N0} ms"));
        AppendRow(page, "Congestion control", row.CongestionControl ?? "none");
        AppendRow(page, "Congestion window", Invariant($"{row.Cwnd:N0} bytes"));
        AppendRow(
            page, "Slow start threshold",
            row.Ssthresh is { } threshold ? Invariant($"{threshold:N0} bytes") : "none yet");
        AppendRow(page, "Segment size (MSS)", Invariant($"{row.Mss:N0} bytes"));
        AppendRow(page, "Your receive window", Invariant($"{row.SndWnd:N0} bytes"));
        AppendRow(page, "Ours", Invariant($"{row.RcvWnd:N0} bytes"));
        AppendRow(
            page, "Received, acknowledged",
            Invariant($"{row.OctetsReceived:N0} bytes, {row.OctetsAcknowledged:N0} bytes"));
        AppendRow(page, "Retransmissions", Invariant($"{row.Retransmissions:N0}"));
        AppendRow(
            page, "Timestamps, SACK, ECN", Invariant($"{YesNo(row.Timestamps)}, {YesNo(row.Sack)}, {YesNo(row.Ecn)}"));
        page.Append("</table>\n");
    }

    private static void AppendRow(StringBuilder page, string name, string value) =>
        page.Append(CultureInfo.InvariantCulture, $"<tr><td>{name}</td><td>{value}</td></tr>\n");

    private static string YesNo(bool value) => value ? "yes" : "no";
}
