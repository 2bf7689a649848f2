using System.Diagnostics;
using System.Net;
using UserTcp.Capture;
using UserTcp.Engine.Contract;
using UserTcp.Wire;

namespace UserTcp.Cli.Commands;

/// <summary>The two conversations of the demo, each checked while it is shown.</summary>
internal sealed class DemoStory(UserTcpStack stack, Ladder ladder, TextWriter output)
{
    private const int Octets = 3000;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>curl has its answer and closes: four-way close, and the kernel is left in TIME-WAIT.</summary>
    public async Task<bool> ClientClosesFirstAsync(CancellationToken cancellationToken)
    {
        output.WriteLine("1. The kernel opens, asks, and closes first\n");
        var conversation = await CurlAsync([], cancellationToken);
        await UntilAsync(() => LastState(conversation) == TcpState.Closed, cancellationToken);
        ladder.Print(output, conversation);
        output.WriteLine("\n   The kernel closed first, so it is the kernel that waits 2 MSL:");
        var kernel = await KernelTableAsync(cancellationToken);
        output.WriteLine(kernel);
        var isRight = Visited(conversation, [TcpState.SynReceived, TcpState.Established, TcpState.CloseWait, TcpState.LastAck, TcpState.Closed]);
        return isRight & Check("kernel in TIME-WAIT", kernel.Contains("TIME-WAIT", StringComparison.Ordinal)) & CheckClean(conversation);
    }

    /// <summary>
    /// The answer to HTTP/1.0 ends with the connection, so curl cannot close before we do: we are left in TIME-WAIT, for 2 MSL.
    /// </summary>
    public async Task<bool> ServerClosesFirstAsync(CancellationToken cancellationToken)
    {
        output.WriteLine("\n2. The kernel opens and asks us to close first\n");
        var conversation = await CurlAsync(["--http1.0"], cancellationToken);
        await UntilAsync(() => LastState(conversation) == TcpState.TimeWait, cancellationToken);
        ladder.Print(output, conversation);
        output.WriteLine("\n   We closed first, so it is we who wait 2 MSL (2 s here; 60 s by default):");
        var waiting = stack.GetConnections().Where(c => c.State == TcpState.TimeWait).ToArray();
        foreach (var entry in waiting)
            output.WriteLine($"   TIME-WAIT  {entry.Tuple}  {entry.TimeWaitLeft!.Value.TotalSeconds:F1} s left");
        await UntilAsync(() => stack.GetConnections().All(c => c.State == TcpState.Listen), cancellationToken);
        output.WriteLine("   ...and 2 MSL later: CLOSED. Nothing is left of it.\n");
        var isRight = Visited(conversation, [TcpState.SynReceived, TcpState.Established, TcpState.FinWait1, TcpState.TimeWait]);
        return isRight & Check("one entry in TIME-WAIT", waiting.Length == 1) & CheckClean(conversation);
    }

    private async Task<FourTuple> CurlAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var before = ladder.Conversations;
        var url = $"http://{stack.Addresses[0]}/bytes/{Octets}";
        output.WriteLine($"   $ curl {string.Join(' ', arguments.Select(a => a.Contains(' ', StringComparison.Ordinal) ? $"'{a}'" : a).Append(url))}");
        var octets = await FetchAsync(arguments, url, cancellationToken);
        output.WriteLine($"   {octets} octets arrived\n");
        Check("all octets arrived", octets == Octets);
        return ladder.Conversations.Except(before).Single();
    }

    /// <summary>By curl; where there is none, by the framework's client over kernel sockets, which is the same to our end.</summary>
    private static async Task<int> FetchAsync(string[] arguments, string url, CancellationToken cancellationToken)
    {
        if (Programs.Find("curl") is { } curl)
        {
            using var process = Process.Start(new ProcessStartInfo(curl, ["-sS", "--max-time", "5", .. arguments, url]) { RedirectStandardOutput = true })!;
            using var body = new MemoryStream();
            await process.StandardOutput.BaseStream.CopyToAsync(body, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (int)body.Length;
        }

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        client.DefaultRequestVersion = arguments.Length > 0 ? HttpVersion.Version10 : HttpVersion.Version11;
        return (await client.GetByteArrayAsync(new Uri(url), cancellationToken)).Length;
    }

    private static async Task<string> KernelTableAsync(CancellationToken cancellationToken)
    {
        if (Programs.Find("ss") is not { } ss)
            return await File.ReadAllTextAsync("/proc/net/tcp", cancellationToken) is var table && table.Contains(" 06 ", StringComparison.Ordinal) ? "   TIME-WAIT (from /proc/net/tcp)" : "   (none)";
        using var process = Process.Start(new ProcessStartInfo(ss, ["-tan"]) { RedirectStandardOutput = true })!;
        var lines = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).TrimEnd().Split('\n');
        return string.Join('\n', lines.Select(line => "   " + line.TrimEnd()));
    }

    private TcpState LastState(FourTuple conversation) => ladder.Segments(conversation) is [.., var last] ? last.After : TcpState.Listen;

    private bool Visited(FourTuple conversation, TcpState[] states)
    {
        var seen = ladder.Segments(conversation).Select(segment => segment.After).ToHashSet();
        return states.All(state => Check($"our end was in {SegmentLine.State(state)}", seen.Contains(state)));
    }

    /// <summary>On a link that loses nothing, nothing may be sent twice.</summary>
    private bool CheckClean(FourTuple conversation) => Check(
        "nothing retransmitted",
        !ladder.Segments(conversation).Any(segment => segment.Reason is SegmentReason.RetransmissionTimeout or SegmentReason.FastRetransmit));

    private bool Check(string what, bool holds)
    {
        if (!holds)
            output.WriteLine($"   WRONG: {what}: no");
        return holds;
    }

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
            await Task.Delay(PollInterval, cancellationToken);
    }
}
