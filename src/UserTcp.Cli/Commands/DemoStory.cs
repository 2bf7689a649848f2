using System.Diagnostics;
using System.Globalization;
using System.Net;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Commands;

/// <summary>The two conversations of the demo. Each is printed and judged.</summary>
internal sealed class DemoStory(UserTcpStack stack, Ladder ladder, TextWriter output)
{
    private const int PageSize = 3000;

    /// <summary>The limit of each wait. A loaded machine needs seconds for what takes milliseconds otherwise.</summary>
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>curl has its answer and closes: four-way close, and the kernel is left in TIME-WAIT.</summary>
    public async Task<bool> ClientClosesFirstAsync(CancellationToken cancellationToken)
    {
        output.WriteLine("1. The kernel opens, asks, and closes first\n");
        var (conversation, received) = await CurlAsync([], cancellationToken);
        output.WriteLine("\n   The kernel closed first, so it is the kernel that waits 2 MSL:");
        var kernel = "";
        // The kernel sends the last ACK just before it shows TIME-WAIT.
        await UntilAsync(
            async () =>
                (kernel = await KernelTableAsync(cancellationToken)).Contains("TIME-WAIT", StringComparison.Ordinal),
            "the kernel's TIME-WAIT", cancellationToken);
        output.WriteLine(kernel);
        return IsRight(
            conversation, received, kernel: TcpState.TimeWait, TcpState.SynReceived, TcpState.Established,
            TcpState.CloseWait, TcpState.LastAck, TcpState.Closed);
    }

    /// <summary>
    /// The answer to HTTP/1.0 ends with the connection, so curl cannot close first: our end is left in TIME-WAIT, for 2
    /// MSL.
    /// </summary>
    public async Task<bool> ServerClosesFirstAsync(CancellationToken cancellationToken)
    {
        output.WriteLine("\n2. The kernel opens and asks us to close first\n");
        var (conversation, received) = await CurlAsync(["--http1.0"], cancellationToken);
        output.WriteLine("\n   We closed first, so it is we who wait 2 MSL (2 s here; 60 s by default):");
        var waiting = stack.GetConnections().Where(c => c.State == TcpState.TimeWait).ToArray();
        foreach (var entry in waiting)
        {
            var left = entry.TimeWaitLeft!.Value.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
            output.WriteLine($"   TIME-WAIT  {entry.Tuple}  {left} s left");
        }

        await UntilAsync(
            () => stack.GetConnections().All(c => c.State == TcpState.Listen),
            "the end of TIME-WAIT", cancellationToken);
        output.WriteLine("   ...and 2 MSL later: CLOSED. Nothing is left of it.\n");
        var isRight = IsRight(
            conversation, received, kernel: TcpState.Closed, TcpState.SynReceived, TcpState.Established,
            TcpState.FinWait1, TcpState.TimeWait);
        return Report(waiting.Length == 1 ? [] : [$"{waiting.Length} entries in TIME-WAIT instead of 1"]) && isRight;
    }

    /// <summary>Fetches the page, waits for the last ACK, and prints the ladder.</summary>
    private async Task<(FourTuple Conversation, int Received)> CurlAsync(
        string[] arguments, CancellationToken cancellationToken)
    {
        var before = ladder.Conversations;
        var url = $"http://{stack.Addresses[0]}/bytes/{PageSize}";
        output.WriteLine($"   $ curl {string.Join(' ', [.. arguments, url])}");
        var received = await FetchAsync(arguments, url, cancellationToken);
        output.WriteLine($"   {received} bytes arrived\n");
        if (ladder.Conversations.Except(before).ToArray() is not [var conversation])
            throw new CommandException(ExitCode.Failure, "the demo failed: no single connection arrived at the stack");
        try
        {
            await UntilAsync(
                () => DemoJudgement.HasLastAck(ladder.Segments(conversation)), "the last ACK", cancellationToken);
        }
        finally
        {
            ladder.Print(output, conversation);
            output.WriteLine($"   {DemoJudgement.SayKernelStates(ladder.Events(conversation))}");
        }

        return (conversation, received);
    }

    /// <summary>
    /// Runs curl. Without curl it is .NET's client over kernel sockets, which is the same to our end.
    /// </summary>
    private static async Task<int> FetchAsync(string[] arguments, string url, CancellationToken cancellationToken)
    {
        if (Programs.Find("curl") is { } curl)
        {
            var limit = WaitLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            using var process = Process.Start(
                new ProcessStartInfo(curl, ["-sS", "--max-time", limit, .. arguments, url])
                {
                    RedirectStandardOutput = true,
                })!;
            using var body = new MemoryStream();
            await process.StandardOutput.BaseStream.CopyToAsync(body, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (int)body.Length;
        }

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = WaitLimit };
        client.DefaultRequestVersion = arguments.Length > 0 ? HttpVersion.Version10 : HttpVersion.Version11;
        return (await client.GetByteArrayAsync(new Uri(url), cancellationToken)).Length;
    }

    private static async Task<string> KernelTableAsync(CancellationToken cancellationToken)
    {
        if (Programs.Find("ss") is not { } ss)
        {
            var table = await File.ReadAllTextAsync("/proc/net/tcp", cancellationToken);
            return table.Contains(" 06 ", StringComparison.Ordinal) ? "   TIME-WAIT (from /proc/net/tcp)" : "   (none)";
        }

        using var process = Process.Start(new ProcessStartInfo(ss, ["-tan"]) { RedirectStandardOutput = true })!;
        var lines = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).TrimEnd().Split('\n');
        return string.Join('\n', lines.Select(line => "   " + line.TrimEnd()));
    }

    private bool IsRight(FourTuple conversation, int received, TcpState kernel, params TcpState[] states) =>
        Report(
        [
            .. DemoJudgement.FindFaults(ladder.Segments(conversation), states, received, PageSize),
            .. DemoJudgement.FindKernelFaults(ladder.Events(conversation), kernel),
        ]);

    /// <summary>Prints faults; returns true when there is none.</summary>
    private bool Report(IEnumerable<string> faults)
    {
        var isRight = true;
        foreach (var fault in faults)
        {
            output.WriteLine($"   WRONG: {fault}");
            isRight = false;
        }

        return isRight;
    }

    private static Task UntilAsync(Func<bool> condition, string what, CancellationToken cancellationToken) =>
        UntilAsync(() => Task.FromResult(condition()), what, cancellationToken);

    private static async Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > WaitLimit)
            {
                throw new CommandException(
                    ExitCode.Failure, $"the demo failed: {what} did not come within {WaitLimit.TotalSeconds} s");
            }

            await Task.Delay(PollInterval, cancellationToken);
        }
    }
}
