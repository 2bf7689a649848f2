using System.CommandLine;
using Microsoft.Win32.SafeHandles;
using UserTcp.Cli.Control;
using UserTcp.Cli.Filters;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp watch`: a line for each segment of a running stack, with its reason.</summary>
internal static class WatchCommand
{
    private static readonly Option<int?> Count = CheckedOptions.Number(
        "--count", ["-c"], "Stop after that many segments", 1, int.MaxValue);

    public static Command Create()
    {
        var stack = StackChoice.Option();
        var filter = new FilterArguments();
        var command = new DetailedCommand(
            "watch", "Print every segment of a running stack, with its reason",
            $"""
            Of the 'usertcp up' of this user, or of the lab around this command, until it ends, or is
            interrupted, or --count segments have passed. The state of a segment is the one after it.
            {FilterArguments.Grammar}

            Example:
              usertcp lab -- sh -c 'usertcp watch -c 20 sport = :80 & sleep 1; curl -s http://198.18.0.2/; wait'
            """)
        {
            Count, stack,
        };
        filter.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed, parsed.GetValue(stack), filter.Read(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, string? stack, IReadOnlyList<string> filters, CancellationToken cancellationToken)
    {
        using var client = await StackChoice.ConnectAsync(stack, cancellationToken);
        var query = string.Join('&', filters.Select(filter => $"filter={Uri.EscapeDataString(filter)}"));
        using var lines = new StreamReader(await client.StreamAsync($"/watch?{query}", cancellationToken));
        await using var output = OpenOutput();
        var left = parsed.GetValue(Count) ?? int.MaxValue;
        while (left-- > 0 && await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!await TryWriteAsync(output, line))
                break;
        }

        return ExitCode.Success;
    }

    /// <summary>False when the reader of the pipe has closed it, as head does.</summary>
    private static async Task<bool> TryWriteAsync(TextWriter output, string line)
    {
        try
        {
            await output.WriteLineAsync(line);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Standard output. A pipe is opened by its descriptor: the console hides that the reader has gone.
    /// </summary>
    private static TextWriter OpenOutput()
    {
        const int StandardOutput = 1;
        if (!Console.IsOutputRedirected)
            return Console.Out;
        var stream = new FileStream(
            new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.Out : new StreamWriter(stream) { AutoFlush = true };
    }
}
