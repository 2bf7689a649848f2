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
            OctetsReceived = 1_048_576,
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

        """, Print(Rows, info: false));

    [Fact]
    public void Information_is_on_a_line_of_its_own_for_connections_and_TIME_WAIT() => Assert.Equal(
        [
            "State        Recv-Q   Send-Q  Local Address:Port   Peer Address:Port",
            "ESTABLISHED  1048576  5       [2001:db8:75::2]:80  [2001:db8:75::1]:60999",
            "\t cubic mss:1440 cwnd:14400 ssthresh:- rtt:1.234/0.617 rto:204 snd_una:4294967295 snd_nxt:4 "
            + "snd_wnd:65535 rcv_nxt:2147483647 rcv_wnd:1048576 retrans:2 bytes_acked:17 "
            + "bytes_received:1048576", "TIME-WAIT    0        0       198.18.0.2:80        198.18.0.1:40000",
            "\t timer:(timewait,59.9sec)",
            "",
        ], Print(Rows[1..], info: true).Split('\n'));

    [Fact]
    public void An_empty_table_is_a_heading() =>
        Assert.Equal("State  Recv-Q  Send-Q  Local Address:Port  Peer Address:Port\n", Print([], info: true));

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

    private static string Print(ConnectionRow[] rows, bool info)
    {
        using var text = new StringWriter { NewLine = "\n" };
        SsCommand.Print(text, rows, info);
        return text.ToString();
    }
}
