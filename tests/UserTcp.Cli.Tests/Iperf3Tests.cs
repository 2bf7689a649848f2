using System.Collections.Concurrent;
using System.Net;
using System.Text;
using UserTcp.Cli.Services;
using UserTcp.Cli.Services.Iperf3;
using UserTcp.Cli.Tests.Kit;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>iperf3's protocol, over a link in memory.</summary>
public sealed partial class Iperf3Tests : IAsyncLifetime
{
    private const string Up = """{"tcp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"len":131072}""";

    private static readonly IPAddress ServerAddress = IPAddress.Parse("198.18.0.2");
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _over = new();
    private readonly ManualTime _time = new();
    private readonly ConnectionGate _gate = new(TimeProvider.System);
    private readonly Iperf3Limits _limits = new();
    private readonly ConcurrentQueue<Exception> _faults = new();
    private UserTcpStack _client = null!;
    private UserTcpStack _server = null!;
    private UserTcpListener _listener = null!;
    private Task _accepting = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        var (near, far) = InMemoryLink.CreatePair();
        var engine = new EngineOptions { MaxSegmentLifetime = TimeSpan.FromMilliseconds(20) };
        _client = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [IPAddress.Parse("198.18.0.1")],
            Engine = engine,
            ShutdownTimeout = TimeSpan.Zero,
        });
        _server = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = far,
            Addresses = [ServerAddress],
            Engine = engine,
            ShutdownTimeout = TimeSpan.Zero,
        });
        await ServeAsync(new Iperf3Server(_time, _limits));
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _accepting;
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        _over.Dispose();
        _gate.Dispose();
        Assert.Empty(_faults);
    }

    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(4, new[] { 1, 3, 4, 5 })]
    public async Task Each_streams_octets_are_reported_under_the_number_that_the_client_gives_it(int count, int[] ids)
    {
        await using var client = NewClient();
        var streams = await client.BeginAsync($$"""{"tcp":true,"time":1,"parallel":{{count}},"len":1000}""", count);
        for (var i = 0; i < count; i++)
            await streams[i].WriteAsync(new byte[1000 * (i + 1)], TestContext.Current.CancellationToken);
        await UntilAsync(() =>
            _server.GetConnections().Sum(connection => connection.DataReceived - connection.ReceiveQueue)
            >= 1000 * count * (count + 1) / 2);
        await UntilAsync(() => _server.GetConnections().All(connection => connection.ReceiveQueue == 0));

        var results = await client.EndAsync();

        Assert.Equal(ids, results.Select(stream => stream.Id));
        Assert.Equal(Enumerable.Range(1, count).Select(i => 1000L * i), results.Select(stream => stream.Octets));
        await client.DisposeAsync();
        await NothingLeftAsync();
    }

    [Fact]
    public async Task A_reverse_test_sends_what_it_reports_and_then_FIN()
    {
        await using var client = NewClient();
        var stream =
            (await client.BeginAsync("""{"tcp":true,"time":1,"parallel":1,"len":131072,"reverse":true}""", 1))[0];
        var first = new byte[1 << 20];
        await stream.ReadExactlyAsync(first, TestContext.Current.CancellationToken);

        var results = await client.EndAsync();
        using var rest = new MemoryStream();
        await stream.CopyToAsync(rest, TestContext.Current.CancellationToken)
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);

        Assert.Equal([(1, first.Length + rest.Length)], results);
        Assert.All(first, octet => Assert.Equal(0, octet));
    }

    [Fact]
    public async Task A_test_of_both_directions_receives_on_the_first_half_of_the_streams_and_sends_on_the_other()
    {
        await using var client = NewClient();
        var streams = await client.BeginAsync(
            """{"tcp":true,"time":1,"parallel":2,"len":100,"bidirectional":true}""", 4);
        foreach (var stream in streams[2..])
            await stream.ReadExactlyAsync(new byte[100_000], TestContext.Current.CancellationToken);

        var results = await client.EndAsync();

        Assert.Equal([(1, 0L), (3, 0L)], results[..2]);
        Assert.All(results[2..], result => Assert.InRange(result.Octets, 100_000, long.MaxValue));
    }

    [Fact]
    public async Task A_senders_rate_is_the_one_asked_for()
    {
        await using var client = NewClient();
        var stream =
            (await client.BeginAsync("""{"tcp":true,"time":1,"len":1000,"bandwidth":8000,"reverse":true}""", 1))[0];
        await stream.ReadExactlyAsync(new byte[1000], TestContext.Current.CancellationToken);

        // A thousand octets a second: the next ones are not due for a while.
        Assert.InRange((await client.EndAsync())[0].Octets, 1000, 60_000);
    }

    [Fact]
    public async Task While_a_test_runs_others_are_told_that_the_server_is_busy_and_afterwards_they_are_not()
    {
        await using var client = NewClient();
        await client.BeginAsync(Up, 1);
        await using (var other = NewClient("other"))
        {
            await other.ConnectAsync();
            Assert.Equal(Iperf3State.AccessDenied, await other.StateAsync());
            await other.AssertClosedAsync();
        }

        await client.EndAsync();

        await using var next = NewClient("next");
        await next.BeginAsync(Up, 1);
        await next.EndAsync();
    }

    [Fact]
    public async Task A_stream_with_anothers_cookie_takes_nobodys_place()
    {
        await using var client = NewClient();
        await client.AgreeAsync(Up);
        await using (var stranger = NewClient("stranger"))
        {
            await stranger.ConnectAsync();
            Assert.Equal(Iperf3State.AccessDenied, await stranger.StateAsync());
        }

        await client.ConnectAsync();

        Assert.Equal(Iperf3State.TestStart, await client.StateAsync());
    }

    [Theory]
    [InlineData("""{"udp":true}""", Iperf3Error.NotImplemented)]
    [InlineData("{}", Iperf3Error.NotImplemented)]
    [InlineData("", Iperf3Error.ReceiveParameters)]
    [InlineData("[]", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true""", Iperf3Error.ReceiveParameters)]
    [InlineData("""{"tcp":true,"parallel":0}""", Iperf3Error.StreamCount)]
    [InlineData("""{"tcp":true,"parallel":129}""", Iperf3Error.StreamCount)]
    [InlineData("""{"tcp":true,"parallel":"many"}""", Iperf3Error.StreamCount)]
    [InlineData("""{"tcp":true,"parallel":1e999}""", Iperf3Error.StreamCount)]
    [InlineData("""{"tcp":true,"len":-1}""", Iperf3Error.BlockSize)]
    [InlineData("""{"tcp":true,"len":1048577}""", Iperf3Error.BlockSize)]
    [InlineData("""{"tcp":true,"time":86401}""", Iperf3Error.Duration)]
    [InlineData("""{"tcp":true,"omit":61}""", Iperf3Error.Omit)]
    [InlineData("""{"tcp":true,"TOS":256}""", Iperf3Error.TypeOfService)]
    [InlineData("""{"tcp":true,"reverse":true,"bidirectional":true}""", Iperf3Error.BothDirections)]
    public async Task Parameters_that_cannot_be_are_answered_with_the_reason(string parameters, object error)
    {
        await using (var client = NewClient())
        {
            await client.ConnectAsync();
            Assert.Equal(Iperf3State.ParameterExchange, await client.StateAsync());
            await client.SendAsync(parameters);
            Assert.Equal(error, await client.ErrorAsync());
            await client.AssertClosedAsync();
        }

        await AssertServesAgainAsync();
    }

    [Theory]
    [InlineData(0xFFFF_FFFF)]
    [InlineData(0x8000_0000)]
    [InlineData(8193)]
    public async Task Parameters_that_are_to_be_too_long_are_not_read(uint length)
    {
        await using (var client = NewClient())
        {
            await client.ConnectAsync();
            Assert.Equal(Iperf3State.ParameterExchange, await client.StateAsync());
            await client.SendRawAsync([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);
            Assert.Equal(Iperf3Error.ReceiveParameters, await client.ErrorAsync());
        }

        await AssertServesAgainAsync();
    }

    [Fact]
    public async Task A_message_that_nobody_knows_ends_the_test()
    {
        await using (var client = NewClient())
        {
            await client.BeginAsync(Up, 1);
            await client.SendAsync((Iperf3State)99);
            Assert.Equal(Iperf3Error.UnknownMessage, await client.ErrorAsync());
        }

        await AssertServesAgainAsync();
    }

    [Fact]
    public async Task After_each_of_many_malformed_clients_the_next_good_one_is_served()
    {
        var random = new Random(5201);
        var good = Encoding.ASCII.GetBytes(
            """{"tcp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"len":131072,"TOS":0}""");
        for (var round = 0; round < 300; round++)
        {
            var json = (byte[])good.Clone();
            for (var change = random.Next(6); change >= 0; change--)
                json[random.Next(json.Length)] = (byte)random.Next(256);
            await using (var client = NewClient("malformed"))
            {
                await client.ConnectAsync();
                if (await client.StateAsync() == Iperf3State.ParameterExchange)
                {
                    var length =
                        (uint)(json.Length + (random.Next(5) switch { 0 => -3, 1 => 9, 2 => random.Next(), _ => 0 }));
                    await client.SendRawAsync([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8),
                        (byte)length, .. json, (byte)random.Next(256)]);
                }

                if (random.Next(4) == 0)
                    client.Die();
            }

            await AssertServesAgainAsync();
        }

        await NothingLeftAsync();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Timeout);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!condition())
            await timer.WaitForNextTickAsync(timeout.Token);
    }

    private async Task AssertDeniedAsync()
    {
        await using var other = NewClient("other");
        await other.ConnectAsync();
        Assert.Equal(Iperf3State.AccessDenied, await other.StateAsync());
    }

    /// <summary>Moves the clock until the task is done; what the server does meanwhile takes real time.</summary>
    private async Task AdvanceUntilAsync(Task task, TimeSpan stride)
    {
        for (var count = 0; !task.IsCompleted; count++)
        {
            Assert.True(count < 1000, $"not done in {count} times {stride}");
            _time.AdvanceSeconds((int)stride.TotalSeconds);
            for (var turn = 0; turn < 20 && !task.IsCompleted; turn++)
                await Task.WhenAny(task, Task.Delay(1, TestContext.Current.CancellationToken));
        }
    }

    private Iperf3Client NewClient(string name = "client") => new(_client, _listener.LocalEndPoint, name);

    /// <summary>As soon as what was before is over, the next test is served.</summary>
    private async Task AssertServesAgainAsync()
    {
        while (true)
        {
            await using var client = NewClient("again");
            await client.ConnectAsync();
            if (await client.StateAsync() == Iperf3State.ParameterExchange)
            {
                await client.SendAsync(Up);
                if (await client.StateAsync() == Iperf3State.CreateStreams)
                    return;
            }

            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The server's stack has neither a connection nor memory in use.</summary>
    private async Task NothingLeftAsync()
    {
        await UntilAsync(() => _server.GetConnections().All(connection => connection.State == TcpState.Listen));
        await UntilAsync(() => _server.BlocksRented == 0);
    }

    private async Task ServeAsync(Iperf3Server server)
    {
        _listener = await _server.ListenAsync(new IPEndPoint(ServerAddress, 0));
        _accepting = AcceptAsync(_listener, server);
    }

    private async Task AcceptAsync(UserTcpListener listener, Iperf3Server server)
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptConnectionAsync(_over.Token), server);
        }
        catch (Exception exception) when (exception is OperationCanceledException or System.Net.Sockets.SocketException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(UserTcpConnection connection, Iperf3Server server)
    {
        await using (connection)
        {
            try
            {
                await server.HandleAsync(_gate.TryEnter(connection)!, _over.Token);
            }
            catch (Exception exception)
                when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // As the service has it: it logs.
            }
            catch (Exception exception)
            {
                _faults.Enqueue(exception);
            }
        }
    }
}
