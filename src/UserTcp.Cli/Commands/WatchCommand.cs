using System.CommandLine;
using Microsoft.Win32.SafeHandles;
using UserTcp.Cli.Control;

namespace UserTcp.Cli.Commands;

/// <summary>`usertcp watch`: a line for each segment of a running stack, with its reason.</summary>
internal static class WatchCommand
{
    private static readonly Option<int?> Count = CheckedOptions.Number(
        "--count", ["-c"], "Stop after that many segments", 1, int.MaxValue);

    public static Command Create()
    {
        var command = new DetailedCommand(
            "watch", "Print every segment of a running stack, with its reason",
            """
            Of the newest 'usertcp up' of this user, or of the lab around this command, until it ends, or is
            interrupted, or --count segments have passed.

            Example:
              usertcp lab -- sh -c 'usertcp watch -c 20 & sleep 1; curl -s http://198.18.0.2/ >page; wait'
            """)
        {
            Count,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var client = ControlClient.Connect();
        using var lines = new StreamReader(await client.StreamAsync("/watch", cancellationToken));
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
