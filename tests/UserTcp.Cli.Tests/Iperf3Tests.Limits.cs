using UserTcp.Cli.Services.Iperf3;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>Clients that go, stand still or take too long.</summary>
public sealed partial class Iperf3Tests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_dies_or_gives_up_in_the_middle_leaves_nothing(bool saysSo)
    {
        await using (var client = NewClient())
        {
            var streams = await client.BeginAsync("""{"tcp":true,"time":0,"parallel":2,"bidirectional":true}""", 4);
            await streams[3].ReadExactlyAsync(new byte[100_000], TestContext.Current.CancellationToken);
            if (saysSo)
                await client.SendAsync(Iperf3State.ClientTerminate);
            else
                client.Die();
        }

        await NothingLeftAsync();
        await AssertServesAgainAsync();
    }

    [Fact]
    public async Task A_client_that_goes_before_its_streams_have_come_leaves_nothing()
    {
        await using (var client = NewClient())
        {
            await client.AgreeAsync("""{"tcp":true,"parallel":3}""");
            await client.ConnectAsync();
        }

        await NothingLeftAsync();
        await AssertServesAgainAsync();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(37)]
    public async Task A_client_that_does_not_come_to_its_parameters_has_no_place_and_is_let_go(int cookieBytes)
    {
        await using var client = NewClient();
        await client.ConnectAsync(new byte[cookieBytes]);

        await AssertServesAgainAsync();

        await AdvanceUntilAsync(client.AssertEndsAsync(), _limits.Step);
    }

    [Fact]
    public async Task A_client_whose_streams_do_not_come_gives_its_place_to_the_next_that_wants_it()
    {
        await using var client = NewClient();
        await client.AgreeAsync(Up);
        await AssertDeniedAsync();
        _time.AdvanceSeconds(2);
        await AssertDeniedAsync();

        _time.AdvanceSeconds(1);
        await using var next = NewClient("next");
        await next.BeginAsync(Up, 1);

        Assert.Equal(Iperf3Error.ServerTerminated, await client.ErrorAsync());
        await next.EndAsync();
    }

    [Fact]
    public async Task A_client_whose_streams_do_not_come_is_let_go_though_nobody_waits()
    {
        await using var client = NewClient();
        await client.AgreeAsync(Up);

        var error = client.ErrorAsync();
        await AdvanceUntilAsync(error, _limits.Step);

        Assert.Equal(Iperf3Error.ServerTerminated, await error);
        await AssertServesAgainAsync();
    }

    [Theory]
    [InlineData("""{"tcp":true,"time":86400}""")]
    [InlineData("""{"tcp":true,"time":86400,"reverse":true}""")]
    [InlineData("""{"tcp":true,"time":0}""")]
    public async Task A_test_that_stands_still_gives_its_place_to_the_next_that_wants_it(string parameters)
    {
        await using var client = NewClient();
        await client.BeginAsync(parameters, 1);
        await AssertDeniedAsync();
        if (parameters.Contains("reverse", StringComparison.Ordinal))
            await UntilAsync(() => _server.GetConnections().Any(row => row.SendQueue > 500_000));

        await using var next = NewClient("next");
        while (true)
        {
            // A reverse test fills the send buffer first, and gets on as long as it does.
            _time.AdvanceSeconds(4);
            await next.ConnectAsync();
            if (await next.StateAsync() == Iperf3State.ParameterExchange)
                break;
            await next.RestartAsync();
        }

        await next.SendAsync(Up);
        Assert.Equal(Iperf3State.CreateStreams, await next.StateAsync());
        Assert.Equal(Iperf3Error.ServerTerminated, await client.ErrorAsync());
    }

    [Fact]
    public async Task A_test_that_stands_still_ends_though_nobody_waits()
    {
        await using var client = NewClient();
        await client.BeginAsync("""{"tcp":true,"time":86400}""", 1);

        var error = client.ErrorAsync();
        await AdvanceUntilAsync(error, TimeSpan.FromSeconds(10));

        Assert.Equal(Iperf3Error.ServerTerminated, await error);
        Assert.InRange(_time.GetElapsedTime(0), _limits.Stall, TimeSpan.FromHours(3));
    }

    [Fact]
    public async Task A_test_that_gets_on_keeps_its_place()
    {
        await using var client = NewClient();
        var stream = (await client.BeginAsync("""{"tcp":true,"time":600,"len":1000}""", 1))[0];
        for (var second = 1; second <= 60; second++)
        {
            await stream.WriteAsync(new byte[2000], TestContext.Current.CancellationToken);
            await UntilAsync(() =>
                _server.GetConnections().Sum(row => row.DataReceived - row.ReceiveQueue) >= 2000 * second);
            _time.AdvanceSeconds(1);
        }

        await AssertDeniedAsync();
        Assert.Equal([(1, 120_000L)], await client.EndAsync());
    }

    [Fact]
    public async Task A_test_whose_rate_puts_its_blocks_far_apart_has_time_between_them()
    {
        await using var client = NewClient();
        await client.BeginAsync("""{"tcp":true,"time":600,"len":1000,"bandwidth":800}""", 1);

        // 10 s between blocks: 20 s, and those that every test has.
        _time.AdvanceSeconds(22);
        await AssertDeniedAsync();
        _time.AdvanceSeconds(1);
        await AssertServesAgainAsync();
    }

    [Fact]
    public async Task A_test_that_takes_longer_than_it_said_is_ended()
    {
        await using var client = NewClient();
        var stream = (await client.BeginAsync("""{"tcp":true,"time":1,"len":1000}""", 1))[0];
        var error = client.ErrorAsync();
        for (var second = 1; !error.IsCompleted; second++)
        {
            Assert.True(second < 1000, "a test of a second goes on");
            try
            {
                await stream.WriteAsync(new byte[2000], TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                // The server has ended the test, and its data streams with it.
                break;
            }

            await Task.WhenAny(error, Task.Delay(1, TestContext.Current.CancellationToken));
            _time.AdvanceSeconds(1);
        }

        Assert.Equal(Iperf3Error.ServerTerminated, await error);
    }
}
