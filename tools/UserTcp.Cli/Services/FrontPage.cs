using System.Globalization;
using System.Net;
using System.Text;
using UserTcp.Capture;
using UserTcp.Engine;
using UserTcp.Engine.Diagnostics;

namespace UserTcp.Cli.Services;

/// <summary>The page at /: what this is, and the stack's own figures at this moment.</summary>
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
        <code>/connections</code> is the table below as JSON.</p>
        """;

    public static string Render(UserTcpStack stack)
    {
        var page = new StringBuilder(Head);
        page.Append("<h2>Connections</h2>\n<table><tr><th>State</th><th>Local</th><th>Peer</th><th>Octets in</th><th>Octets out</th><th>SRTT</th></tr>\n");
        foreach (var connection in stack.GetConnections().OrderBy(connection => connection.State))
            AppendRow(page, connection);
        page.Append("</table>\n<h2>Counters</h2>\n<table>\n");
        var counters = stack.GetCounters();
        foreach (var counter in Enum.GetValues<Counter>().Where(counter => counters[counter] != 0))
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{counter}</td><td>{counters[counter]:N0}</td></tr>\n");
        AppendMemory(page.Append("</table>\n<h2>Memory of this process</h2>\n<table>\n"));
        return page.Append("</table>\n</body>\n</html>\n").ToString();
    }

    /// <summary>What the collector has had to do: carrying text is meant to give it nothing.</summary>
    private static void AppendMemory(StringBuilder page)
    {
        page.Append(CultureInfo.InvariantCulture, $"<tr><td>Octets allocated</td><td>{GC.GetTotalAllocatedBytes():N0}</td></tr>\n");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>Collections of generation {generation}</td><td>{GC.CollectionCount(generation):N0}</td></tr>\n");
        page.Append(CultureInfo.InvariantCulture, $"<tr><td>Paused for that</td><td>{GC.GetTotalPauseDuration().TotalMilliseconds:N1} ms</td></tr>\n");
    }

    private static void AppendRow(StringBuilder page, ConnectionSnapshot connection)
    {
        var tuple = connection.Tuple;
        var local = new IPEndPoint(tuple.LocalAddress.ToIPAddress(), tuple.LocalPort.Value);
        var peer = connection.State == TcpState.Listen ? "*" : new IPEndPoint(tuple.RemoteAddress.ToIPAddress(), tuple.RemotePort.Value).ToString();
        page.Append(
            CultureInfo.InvariantCulture,
            $"<tr><td>{SegmentLine.State(connection.State)}</td><td>{local}</td><td>{peer}</td><td>{connection.TextReceived:N0}</td><td>{connection.TextAcknowledged:N0}</td><td>{connection.SmoothedRtt.TotalMicroseconds:N0} µs</td></tr>\n");
    }
}
