using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using UserTcp.Cli.Control;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp ss`: the socket table of a running stack.</summary>
internal static class SsCommand
{
    private static readonly Option<bool> Info = new("--info", "-i")
    {
        Description = "Show the engine's state of each connection",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "The table as JSON" };

    public static Command Create()
    {
        var command = new DetailedCommand(
            "ss", "Print the socket table of a running stack",
            """
            Of the newest 'usertcp up' of this user, or of the lab around this command; as ss -tan prints the
            kernel's.

            Example:
              usertcp lab -- usertcp ss -i
            """)
        {
            Info, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var client = ControlClient.Connect();
        var rows = await client.GetAsync("/connections", ControlJson.Default.ConnectionRowArray, cancellationToken);
        if (parsed.GetValue(Json))
        {
            Console.WriteLine(JsonSerializer.Serialize(rows, ControlJson.Default.ConnectionRowArray));
            return ExitCode.Success;
        }

        Print(Console.Out, rows, parsed.GetValue(Info));
        return ExitCode.Success;
    }

    /// <summary>Columns are as wide as their widest entry.</summary>
    internal static void Print(TextWriter writer, IReadOnlyList<ConnectionRow> rows, bool info)
    {
        string[] heading = ["State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port"];
        var table = rows.Select(row => new[]
        {
            row.State, row.ReceiveQueue.ToString(CultureInfo.InvariantCulture),
            row.SendQueue.ToString(CultureInfo.InvariantCulture), row.Local, row.Peer,
        }).Prepend(heading).ToArray();
        var widths = Enumerable.Range(0, heading.Length).Select(column => table.Max(cells => cells[column].Length))
            .ToArray();
        for (var i = 0; i < table.Length; i++)
        {
            writer.WriteLine(
                string.Join("  ", table[i].Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
            if (info && i > 0)
                writer.WriteLine($"\t {Details(rows[i - 1])}");
        }
    }

    private static string Details(ConnectionRow row) => row.TimeWaitLeftSeconds is { } left
        ? string.Create(CultureInfo.InvariantCulture, $"timer:(timewait,{left:F1}sec)")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{(row.Timestamps ? "ts " : "")}{(row.Sack ? "sack " : "")}{(row.Ecn ? "ecn " : "")}"
            + $"{(row.CongestionControl is { } control ? control + " " : "")}"
            + $"mss:{row.Mss} cwnd:{row.Cwnd} ssthresh:{row.Ssthresh?.ToString(CultureInfo.InvariantCulture) ?? "-"} "
            + $"rtt:{row.SrttMicroseconds / 1000:F3}/{row.RttvarMicroseconds / 1000:F3} rto:{row.RtoMilliseconds:F0} "
            + $"snd_una:{row.SndUna} snd_nxt:{row.SndNxt} snd_wnd:{row.SndWnd} "
            + $"rcv_nxt:{row.RcvNxt} rcv_wnd:{row.RcvWnd} retrans:{row.Retransmissions} "
            + $"bytes_acked:{row.OctetsAcknowledged} bytes_received:{row.OctetsReceived}");
}
