using System.Text.Json;
using UserTcp.Cli.Commands;
using UserTcp.Cli.Control;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The table of `usertcp ss`.</summary>
public sealed class SocketTableTests
{
    private static readonly ConnectionRow[] Rows =
    [
        new() { State = "LISTEN", Local = "[::]:7", Peer = "*:*" },
        new()
        {
            State = "ESTABLISHED", Local = "[2001:db8:75::2]:80", Peer = "[2001:db8:75::1]:60999",
            ReceiveQueue = 1_048_576, SendQueue = 5,
            CongestionControl = "cubic", Mss = 1440, Cwnd = 14_400, SrttMicroseconds = 1234, RttvarMicroseconds = 617,
            RtoMilliseconds = 204, SndUna = uint.MaxValue, SndNxt = 4,
            SndWnd = 65_535, RcvNxt = int.MaxValue, RcvWnd = 1_048_576, Retransmissions = 2, OctetsAcknowledged = 17,
            OctetsReceived = 1_048_576, SendScale = 10, ReceiveScale = 7, PeerMss = 1460, MinRttMicroseconds = 900,
            Backoff = 1, FlightSize = 1448, Unsent = 3, Lost = 1, SackedSegments = 2, PacingRate = 1_000_000,
            LastSentMilliseconds = 5, LastReceivedMilliseconds = 6, LastAckMilliseconds = 7, Recovery = "Open",
            PeerWindowLimitedMilliseconds = 3100, Why = "limited by the peer's window: 0 bytes, all in use (3.1 s)",
            SendBufferSize = 65_536, ReceiveBufferSize = 131_072,
            Timers = [new("Retransmission", 180), new("KeepAlive", 7_200_000)],
        },
        new() { State = "TIME-WAIT", Local = "198.18.0.2:80", Peer = "198.18.0.1:40000", TimeWaitLeftSeconds = 59.94 },
    ];

    [Fact]
    public void Columns_are_as_wide_as_they_have_to_be() => Assert.Equal(
        """
        State        Recv-Q   Send-Q  Local Address:Port   Peer Address:Port
        LISTEN       0        0       [::]:7               *:*
        ESTABLISHED  1048576  5       [2001:db8:75::2]:80  [2001:db8:75::1]:60999
        TIME-WAIT    0        0       198.18.0.2:80        198.18.0.1:40000

        """, Print(Rows, new ConnectionDetails(false, false, false)));

    [Fact]
    public void Details_are_on_lines_of_their_own_for_connections_and_TIME_WAIT() => Assert.Equal(
        [
            "State        Recv-Q   Send-Q  Local Address:Port   Peer Address:Port",
            "LISTEN       0        0       [::]:7               *:*",
            "ESTABLISHED  1048576  5       [2001:db8:75::2]:80  [2001:db8:75::1]:60999",
            "\t timer:(on,180ms,1) timer:(keepalive,7200000ms)",
            "\t rcvbuf:131072 sndbuf:65536",
            "\t cubic wscale:10,7 mss:1440 pmss:1460 cwnd:14400 ssthresh:- rtt:1.234/0.617 minrtt:0.900 rto:204 "
            + "backoff:1 snd_una:4294967295 snd_nxt:4 snd_wnd:65535 rcv_nxt:2147483647 rcv_wnd:1048576 unacked:1448 "
            + "notsent:3 retrans:2 lost:1 sacked:2 pacing_rate:8000000bps bytes_acked:17 bytes_received:1048576 "
            + "lastsnd:5 lastrcv:6 lastack:7",
            "\t recovery:Open rwnd_limited:3100ms why:limited by the peer's window: 0 bytes, all in use (3.1 s)",
            "TIME-WAIT    0        0       198.18.0.2:80        198.18.0.1:40000",
            "\t timer:(timewait,59.9sec)",
            "",
        ], Print(Rows, AllDetails).Split('\n'));

    [Fact]
    public void An_empty_table_is_a_heading() =>
        Assert.Equal("State  Recv-Q  Send-Q  Local Address:Port  Peer Address:Port\n", Print([], AllDetails));

    [Fact]
    public void JSON_has_every_field_in_camel_case()
    {
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(Rows, ControlJson.Default.ConnectionRowArray));

        var row = json.RootElement[1];
        Assert.Equal("ESTABLISHED", row.GetProperty("state").GetString());
        Assert.Equal(uint.MaxValue, row.GetProperty("sndUna").GetUInt32());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("timeWaitLeftSeconds").ValueKind);
        Assert.Equal(
            typeof(ConnectionRow).GetProperties().Count(property => property.Name != "EqualityContract"),
            row.EnumerateObject().Count());
    }

    private static ConnectionDetails AllDetails => new(true, true, true);

    private static string Print(ConnectionRow[] rows, ConnectionDetails details)
    {
        using var text = new StringWriter { NewLine = "\n" };
        SsCommand.Print(text, rows, details);
        return text.ToString();
    }
}
