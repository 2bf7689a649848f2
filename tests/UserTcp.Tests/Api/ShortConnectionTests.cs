using UserTcp.Engine.Contract;
using UserTcp.Tests.Api.Kit;
using Xunit;

namespace UserTcp.Tests.Api;

/// <summary>Short connections leave neither state nor memory behind.</summary>
public sealed class ShortConnectionTests
{
    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task A_thousand_connections_leave_no_connection_and_no_block(
        bool inlineContinuations, bool serverClosesFirst)
    {
        await using var pair = await StackPair.StartAsync(
            new PairOptions { InlineContinuations = inlineContinuations });
        await using var listener = await pair.ListenAsync();
        var serving = ServeAsync(listener, serverClosesFirst, count: 1000);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => AskAsync(pair, listener, count: 50))))
            .OrFail();

        await serving.OrFail();
        await pair.NothingLeftAsync();
        Assert.Equal(0, pair.Client.GetCounters()[Counter.ResetsSent] + pair.Server.GetCounters()[Counter.ResetsSent]);
        // One end of each is in TIME-WAIT, or both when the FINs crossed.
        Assert.InRange(
            pair.Client.GetCounters()[Counter.TimeWaits] + pair.Server.GetCounters()[Counter.TimeWaits], 1000, 2000);
    }

    [Fact]
    public async Task Aborted_connections_leave_nothing_either()
    {
        await using var pair = await StackPair.StartAsync();
        await using var listener = await pair.ListenAsync();

        for (var count = 0; count < 200; count++)
        {
            var (client, server) = await pair.ConnectAsync(listener);
            await client.GetStream().WriteAsync(new byte[count * 100]);
            await server.GetStream().WriteAsync(new byte[count * 100]);
            client.Abort();
            await client.DisposeAsync();
            await server.DisposeAsync();
        }

        await pair.NothingLeftAsync();
    }

    private static async Task ServeAsync(UserTcpListener listener, bool closesFirst, int count)
    {
        var handlers = new List<Task>();
        for (; count > 0; count--)
            handlers.Add(AnswerAsync(await listener.AcceptConnectionAsync(), closesFirst));
        await Task.WhenAll(handlers);
    }

    private static async Task AnswerAsync(UserTcpConnection connection, bool closesFirst)
    {
        await using var stream = connection.GetStream();
        var question = new byte[100];
        await stream.ReadExactlyAsync(question);
        await stream.WriteAsync(question);
        if (!closesFirst)
            Assert.Equal(0, await stream.ReadAsync(question));
    }

    private static async Task AskAsync(StackPair pair, UserTcpListener listener, int count)
    {
        for (; count > 0; count--)
        {
            await using var connection = await pair.Client.ConnectAsync(listener.LocalEndPoint);
            await connection.GetStream().WriteAsync(new byte[100]);
            await connection.GetStream().ReadExactlyAsync(new byte[100]);
        }
    }
}
