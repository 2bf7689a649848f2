using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using UserTcp.Cli.Control;
using UserTcp.Cli.Filters;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp ss`: the socket table of a running stack.</summary>
internal static class SsCommand
{
    private static readonly Option<bool> Info = new("--info", "-i")
    {
        Description = "Show the engine's state of each connection, and why nothing more is sent",
    };

    private static readonly Option<bool> Timers = new("--options", "-o")
    {
        Description = "Show the timers that run, and when they are due",
    };

    private static readonly Option<bool> Memory = new("--memory", "-m")
    {
        Description = "Show the buffers",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "The table as JSON" };

    private static readonly Option<bool> Listening = new("--listening", "-l") { Description = "Listeners only" };

    private static readonly Option<bool> NoHeader = new("--no-header", "-H") { Description = "Leave out the heading" };

    // What ss(8) needs these for is so here without them.
    private static readonly Option<bool> All = new("--all", "-a")
    {
        Description = "All connections and listeners: the default",
    };

    private static readonly Option<bool> Tcp = new("--tcp", "-t") { Description = "TCP: the only protocol" };

    private static readonly Option<bool> Numeric = new("--numeric", "-n")
    {
        Description = "Numbers instead of names of services: the default",
    };

    public static Command Create()
    {
        var stack = StackChoice.Option();
        var filter = new FilterArguments();
        var command = new DetailedCommand(
            "ss", "Print the socket table of a running stack",
            $"""
            Of the 'usertcp up' of this user, or of the lab around this command; as ss -tan prints the kernel's.
            {FilterArguments.Grammar}

            Examples:
              usertcp lab -- usertcp ss -i
              usertcp lab -- usertcp ss -4 state listening sport = :http
            """)
        {
            Info, Timers, Memory, Listening, NoHeader, Json, stack, All, Tcp, Numeric,
        };
        filter.AddTo(command);
        command.Validators.Add(static result =>
        {
            var hasDetails = result.GetValue(Info) || result.GetValue(Timers) || result.GetValue(Memory);
            if (result.GetValue(Json) && (hasDetails || result.GetValue(NoHeader)))
            {
                result.AddError("--json excludes --info, --options, --memory and --no-header: "
                    + "JSON has every field and no heading");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed, parsed.GetValue(stack), filter.Read(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, string? stack, IReadOnlyList<string> filters, CancellationToken cancellationToken)
    {
        var filter = FilterList.Parse(parsed.GetValue(Listening) ? [.. filters, "state listening"] : filters, out _)!;
        using var client = await StackChoice.ConnectAsync(stack, cancellationToken);
        var all = await client.GetAsync("/connections", ControlJson.Default.ConnectionRowArray, cancellationToken);
        var rows = all.Where(row => filter.Matches(SocketAddresses.Of(row))).ToArray();
        if (parsed.GetValue(Json))
        {
            Console.WriteLine(JsonSerializer.Serialize(rows, ControlJson.Default.ConnectionRowArray));
            return ExitCode.Success;
        }

        var details = new ConnectionDetails(parsed.GetValue(Info), parsed.GetValue(Timers), parsed.GetValue(Memory));
        Print(Console.Out, rows, details, parsed.GetValue(NoHeader));
        return ExitCode.Success;
    }

    /// <summary>Columns are as wide as their widest entry.</summary>
    internal static void Print(
        TextWriter writer, IReadOnlyList<ConnectionRow> rows, ConnectionDetails details, bool noHeader = false)
    {
        string[] heading = ["State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port"];
        var cellsOfRows = rows.Select(row => new[]
        {
            row.State, row.ReceiveQueue.ToString(CultureInfo.InvariantCulture),
            row.SendQueue.ToString(CultureInfo.InvariantCulture), row.Local, row.Peer,
        });
        var table = (noHeader ? cellsOfRows : cellsOfRows.Prepend(heading)).ToArray();
        if (table.Length == 0)
            return;
        var firstRow = noHeader ? 0 : 1;
        var widths = Enumerable.Range(0, heading.Length).Select(column => table.Max(cells => cells[column].Length))
            .ToArray();
        for (var i = 0; i < table.Length; i++)
        {
            writer.WriteLine(
                string.Join("  ", table[i].Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
            if (i < firstRow)
                continue;
            foreach (var line in details.Lines(rows[i - firstRow]))
                writer.WriteLine($"\t {line}");
        }
    }
}
