using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using UserTcp.Cli.Lab;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>What a page saves: a recording has a limit, and a part of one is not saved.</summary>
public sealed class LabKeptTests
{
    private const int Bytes = 20_000;
    private static readonly IPAddress Address = IPAddress.Parse("192.0.2.1");

    [Theory]
    [InlineData(1_000_000, StatusCodes.Status200OK)]
    [InlineData(10_000, StatusCodes.Status409Conflict)]
    public async Task A_recording_that_has_ended_at_its_limit_is_refused_in_a_sentence(int limit, int status)
    {
        using var kept = new LabKept(records: true, limit);
        await using var stack = await StartAsync(kept);
        await TransferAsync(stack);
        using var page = new SavePage(kept, recordFile: null);

        var (answered, body) = await AskAsync(page.SendRecordingAsync);
        var (_, notice) = await AskAsync(page.SendNoticeAsync);

        Assert.Equal(status, answered);
        var hasEnded = status != StatusCodes.Status200OK;
        Assert.Equal(hasEnded, body.Contains("has ended at its limit", StringComparison.Ordinal));
        Assert.Contains($"\"hasRecording\":{(hasEnded ? "false" : "true")}", notice, StringComparison.Ordinal);
        Assert.Contains($"\"hasEnded\":{(hasEnded ? "true" : "false")}", notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_recording_the_page_says_how_to_get_one()
    {
        using var kept = new LabKept(records: false);
        using var page = new SavePage(kept, recordFile: null);

        foreach (var ask in new Func<HttpContext, Task>[]
        {
            page.SendRecordingAsync, context => page.ReplayAsync(context, Capture.Explaining.Language.English),
        })
        {
            var (status, body) = await AskAsync(ask, "?without=3");
            Assert.Equal(StatusCodes.Status409Conflict, status);
            Assert.Contains("--record FILE", body, StringComparison.Ordinal);
        }
    }

    private static ValueTask<UserTcpStack> StartAsync(LabKept kept) => UserTcpStack.StartAsync(
        new UserTcpStackOptions
        {
            Device = InMemoryLink.CreatePair().Item1,
            Addresses = [Address],
            Recording = kept.Recording,
        },
        TestContext.Current.CancellationToken);

    /// <summary>Data that the stack sends to itself.</summary>
    private static async Task TransferAsync(UserTcpStack stack)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var listener = await stack.ListenAsync(new IPEndPoint(Address, 0), cancellation);
        var accepting = listener.AcceptConnectionAsync(cancellation).AsTask();
        await using var client = await stack.ConnectAsync(listener.LocalEndPoint, cancellation);
        await using var server = await accepting;
        await client.GetStream().WriteAsync(new byte[Bytes], cancellation);
        await server.GetStream().ReadExactlyAsync(new byte[Bytes], cancellation);
    }

    private static async Task<(int Status, string Body)> AskAsync(Func<HttpContext, Task> ask, string query = "")
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);
        context.Response.Body = body;
        await ask(context);
        return (context.Response.StatusCode, Encoding.Latin1.GetString(body.ToArray()));
    }
}
