using System.Net;
using System.Text;
using UserTcp.Cli.Hosting;
using UserTcp.Cli.Services;
using UserTcp.Engine.Buffers;
using UserTcp.Engine.Contract;
using UserTcp.Hosting;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The services of `up` and `lab`, over a link in memory.</summary>
public sealed class ServiceTests : IAsyncLifetime
{
    private static readonly IPAddress ServerAddress = IPAddress.Parse("198.18.0.2");
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private UserTcpStack _client = null!;
    private UserTcpStack _server = null!;

    public async ValueTask InitializeAsync()
    {
        var (near, far) = InMemoryLink.CreatePair();
        _client = await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = near,
            Addresses = [IPAddress.Parse("198.18.0.1")],
            ShutdownTimeout = TimeSpan.Zero,
        });
        _server = await UserTcpStack.StartAsync(
            new UserTcpStackOptions { Device = far, Addresses = [ServerAddress], ShutdownTimeout = TimeSpan.Zero });
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Echo_sends_back_what_it_gets_also_after_the_half_close()
    {
        var data = new byte[200_000];
        new Random(1).NextBytes(data);

        Assert.Equal(data, await TalkAsync(EchoService.HandleAsync, data));
    }

    [Fact]
    public async Task Discard_sends_nothing_and_closes_when_the_peer_does() =>
        Assert.Empty(await TalkAsync(DiscardService.HandleAsync, new byte[200_000]));

    [Fact]
    public async Task Daytime_is_one_line_and_the_end()
    {
        var line = Encoding.ASCII.GetString(await TalkAsync(DaytimeService.HandleAsync, []));

        Assert.Matches(@"^[A-Z][a-z]+, [A-Z][a-z]+ \d+, \d{4} \d\d:\d\d:\d\d [+-]\d\d:\d\d\r\n$", line);
    }

    [Fact]
    public async Task Chargen_sends_lines_of_72_characters_each_one_character_further_on()
    {
        await using var connection = await ConnectAsync(ChargenService.HandleAsync);
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII);
        var lines = new List<string>();
        while (lines.Count < 200)
            lines.Add((await reader.ReadLineAsync(TestContext.Current.CancellationToken))!);
        connection.CompleteWrites();

        Assert.All(lines, line => Assert.Equal(72, line.Length));
        Assert.StartsWith(" !\"#$%&'()*+,-./0123456789", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("!\"#$%&'()*+,-./0123456789", lines[1], StringComparison.Ordinal);
        Assert.Equal(lines[..95], lines[95..190]);
    }

    [Fact]
    public async Task Plaintext_answers_pipelined_requests_until_one_says_close()
    {
        var answers = Encoding.ASCII.GetString(await TalkAsync(
            PlaintextService.HandleAsync,
            [
                .. "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8,
                .. "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8,
                .. "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8,
            ]));

        Assert.Equal(2, answers.Split("Hello, world!").Length - 1);
        Assert.Equal(1, answers.Split("Connection: close\r\n").Length - 1);
    }

    [Fact]
    public async Task Plaintext_does_not_answer_more_than_the_peer_reads()
    {
        await using var connection = await ConnectAsync(PlaintextService.HandleAsync);
        const int Count = 200_000;
        var requests = Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost:\r\n\r\n", Count)));
        var left = (long)Count
            * "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello, world!".Length;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Timeout);

        var sending = connection.GetStream().WriteAsync(requests, timeout.Token).AsTask();
        while (!_server.GetConnections().Any(served => served.ReceiveQueue > 900_000))
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var peak = 0;
        var buffer = new byte[64 << 10];
        while (left > 0)
        {
            left -= await connection.GetStream().ReadAsync(buffer, timeout.Token);
            peak = Math.Max(peak, _server.BlocksRented);
        }

        await sending;
        // A receive buffer, a send buffer, and not many times as much.
        var options = new EngineOptions();
        Assert.InRange(peak, 1, 3 * (options.ReceiveBufferSize + options.SendBufferSize) / 2 / BlockPool.StandardSize);
    }

    [Fact]
    public async Task A_service_whose_stack_goes_first_stops_without_an_error()
    {
        using var service = new ListeningService(
            "echo", 7, EchoService.HandleAsync, new Stacks(_server),
            Microsoft.Extensions.Options.Options.Create(new UserTcpOptions()),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<ListeningService>.Instance);
        await service.StartAsync(TestContext.Current.CancellationToken);

        await _server.StopAsync(TimeSpan.Zero);

        await service.StopAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Plaintext_does_not_read_a_head_without_an_end()
    {
        var answer = Encoding.ASCII.GetString(
            await TalkAsync(PlaintextService.HandleAsync, Encoding.ASCII.GetBytes(new string('x', 9000))));

        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void The_ready_line_says_device_addresses_and_services()
    {
        using var text = new StringWriter { NewLine = "\n" };

        ReadyLine.Print(text, _server, ["echo", "http"], json: false);
        ReadyLine.Print(text, _server, ["echo", "http"], json: true);

        Assert.Equal(
            """
            ready memory-b 198.18.0.2 echo:7 http:80
            {"event":"ready","device":"memory-b","addresses":["198.18.0.2"],"services":{"echo":7,"http":80}}

            """, text.ToString());
    }

    /// <summary>Sends data and FIN, and returns what arrives up to the peer's FIN.</summary>
    private async Task<byte[]> TalkAsync(ConnectionHandler handler, byte[] data)
    {
        await using var connection = await ConnectAsync(handler);
        using var received = new MemoryStream();
        var receiving = connection.GetStream().CopyToAsync(received, TestContext.Current.CancellationToken);
        await connection.GetStream().WriteAsync(data, TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);
        connection.CompleteWrites();
        await receiving.WaitAsync(Timeout, TestContext.Current.CancellationToken);
        return received.ToArray();
    }

    private async Task<UserTcpConnection> ConnectAsync(ConnectionHandler handler)
    {
        await using var listener = await _server.ListenAsync(new IPEndPoint(ServerAddress, 0));
        var accepting = listener.AcceptConnectionAsync().AsTask();
        var connection = await _client.ConnectAsync(listener.LocalEndPoint).AsTask().WaitAsync(Timeout);
        var accepted = await accepting.WaitAsync(Timeout);
        _ = Task.Run(async () =>
        {
            using var gate = new ConnectionGate(TimeProvider.System);
            await using (accepted)
                await handler(gate.TryEnter(accepted)!, CancellationToken.None);
        });
        return connection;
    }

    private sealed class Stacks(UserTcpStack stack) : UserTcp.Hosting.IUserTcpStackProvider
    {
        public ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default) => new(stack);
    }
}
