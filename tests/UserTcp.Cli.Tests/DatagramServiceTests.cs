using System.Net;
using System.Text;
using UserTcp.Cli.Services;
using UserTcp.Hosting;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>The services over UDP, and the lines service over TCP too, over a link in memory.</summary>
public sealed class DatagramServiceTests : IAsyncLifetime
{
    private static readonly IPAddress ClientAddress = IPAddress.Parse("198.18.0.1");
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
            Addresses = [ClientAddress, IPAddress.Parse("198.18.0.3")],
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
    public async Task Echo_sends_back_each_datagram()
    {
        await using var service = await ServeAsync(7, EchoService.HandleDatagramsAsync);
        await using var client = await ConnectAsync(7);

        foreach (var length in new[] { 0, 1, 100, 1472 })
        {
            var data = new byte[length];
            new Random(length).NextBytes(data);
            await client.SendAsync(data, TestContext.Current.CancellationToken);
            Assert.Equal(data, await ReceiveAsync(client));
        }
    }

    /// <summary>Two services that answer each other would never end.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(1023)]
    public async Task No_service_answers_another_one(int port)
    {
        await using var echo = await ServeAsync(7, EchoService.HandleDatagramsAsync);
        await using var lines = await ServeAsync(2000, new LineDatagrams(TimeProvider.System).HandleAsync);
        await using var service = await _client.BindUdpAsync(
            new IPEndPoint(ClientAddress, port), TestContext.Current.CancellationToken);
        await using var other = await _client.BindUdpAsync(
            new IPEndPoint(ClientAddress, 2000), TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(7);
        await using var asker = await ConnectAsync(2000);

        await SendAsync(service, 7, "1");
        await SendAsync(service, 2000, "1");
        await SendAsync(other, 2000, "1");
        await SendAsync(client, 7, "marker");
        await SendAsync(asker, 2000, "2");

        Assert.Equal("marker", Encoding.ASCII.GetString(await ReceiveAsync(client)));
        Assert.StartsWith("2 ", Encoding.ASCII.GetString(await ReceiveAsync(asker)), StringComparison.Ordinal);
        Assert.Equal(2, _client.GetCounters()[Engine.Contract.Counter.UdpInDatagrams]);
    }

    [Fact]
    public async Task Discard_answers_nothing()
    {
        await using var service = await ServeAsync(9, DiscardService.HandleDatagramsAsync);
        await using var client = await ConnectAsync(9);
        for (var i = 0; i < 10; i++)
            await client.SendAsync(new byte[1000], TestContext.Current.CancellationToken);

        await UntilAsync(() => _server.GetCounters()[Engine.Contract.Counter.UdpInDatagrams] == 10);
        Assert.Equal(0, _server.GetCounters()[Engine.Contract.Counter.FramesSent]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task Lines_are_datagrams_for_who_repeats_the_cookie(int count)
    {
        await using var service = await ServeAsync(2000, new LineDatagrams(TimeProvider.System).HandleAsync);
        await using var client = await ConnectAsync(2000);

        var request = $"{count}";
        await SendAsync(client, 2000, request);
        var offer = await ReceiveAsync(client);
        Assert.InRange(offer.Length, request.Length + 1, request.Length + 18);
        Assert.Matches($"^{count} [0-9a-f]{{16}}\n$", Encoding.ASCII.GetString(offer));

        await client.SendAsync(offer, TestContext.Current.CancellationToken);
        for (var number = 1; number <= count; number++)
            Assert.Equal($"{number}\n", Encoding.ASCII.GetString(await ReceiveAsync(client)));
    }

    /// <summary>A forged source has no cookie of its address: it gets one datagram for each request.</summary>
    [Fact]
    public async Task Without_the_cookie_of_the_address_there_are_no_lines()
    {
        await using var service = await ServeAsync(2000, new LineDatagrams(TimeProvider.System).HandleAsync);
        await using var client = await ConnectAsync(2000);
        await using var other = await _client.BindUdpAsync(
            new IPEndPoint(IPAddress.Parse("198.18.0.3"), 0), TestContext.Current.CancellationToken);
        await SendAsync(client, 2000, "1000");
        var cookie = Encoding.ASCII.GetString(await ReceiveAsync(client));

        foreach (var request in new[] { "1000 0000000000000000", cookie, "1000 " + new string('f', 16) })
        {
            await SendAsync(other, 2000, request);
            var offer = Encoding.ASCII.GetString(await ReceiveAsync(other));
            Assert.StartsWith("1000 ", offer, StringComparison.Ordinal);
            Assert.NotEqual(cookie, offer);
        }

        foreach (var wrong in new[] { "", "x", "0", "1001", "-1", "1 2 3", "99999999999", new string('1', 65) })
            await SendAsync(other, 2000, wrong);
        await SendAsync(other, 2000, "7");
        Assert.StartsWith("7 ", Encoding.ASCII.GetString(await ReceiveAsync(other)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cookie_is_valid_for_a_minute_and_no_longer_than_two()
    {
        var time = new ShiftedTime();
        await using var service = await ServeAsync(2000, new LineDatagrams(time).HandleAsync);
        await using var client = await ConnectAsync(2000);
        await SendAsync(client, 2000, "1");
        var cookie = await ReceiveAsync(client);

        time.Shift = TimeSpan.FromMinutes(1);
        await client.SendAsync(cookie, TestContext.Current.CancellationToken);
        Assert.Equal("1\n", Encoding.ASCII.GetString(await ReceiveAsync(client)));
        time.Shift = TimeSpan.FromMinutes(2);
        await client.SendAsync(cookie, TestContext.Current.CancellationToken);
        Assert.NotEqual("1\n", Encoding.ASCII.GetString(await ReceiveAsync(client)));
    }

    [Theory]
    [InlineData("3\n", "1\n2\n3\n")]
    [InlineData("2", "1\n2\n")]
    [InlineData("2\r\n1\n", "1\n2\n1\n")]
    [InlineData("", "")]
    [InlineData("0\n1\n", "a number from 1 to 1000, please\n1\n")]
    [InlineData("1001\n", "a number from 1 to 1000, please\n")]
    [InlineData("many\n", "a number from 1 to 1000, please\n")]
    public async Task Lines_over_TCP_answer_each_line(string request, string answer) =>
        Assert.Equal(answer, await TalkAsync(request));

    [Fact]
    public async Task Lines_over_TCP_end_a_line_without_an_end()
    {
        var answer = await TalkAsync(new string('1', 2000));

        Assert.InRange(answer.Length, 0, 100);
    }

    [Fact]
    public async Task A_service_whose_stack_goes_first_stops_without_an_error()
    {
        using var service = new DatagramService(
            "echo", 7, EchoService.HandleDatagramsAsync, new Stacks(_server),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<DatagramService>.Instance);
        await service.StartAsync(TestContext.Current.CancellationToken);
        await using var client = await ConnectAsync(7);
        await SendAsync(client, 7, "up");
        Assert.Equal("up", Encoding.ASCII.GetString(await ReceiveAsync(client)));

        await _server.StopAsync(TimeSpan.Zero);

        await service.StopAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);
    }

    private static async Task SendAsync(UserTcpUdpSocket socket, int port, string data) =>
        await socket.SendToAsync(
            Encoding.ASCII.GetBytes(data), new IPEndPoint(ServerAddress, port), TestContext.Current.CancellationToken);

    private static async Task<byte[]> ReceiveAsync(UserTcpUdpSocket socket)
    {
        var buffer = new byte[2000];
        var length = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);
        return buffer[..length];
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Timeout);
        while (!condition())
        {
            timeout.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<IAsyncDisposable> ServeAsync(int port, DatagramHandler handler)
    {
        var service = new DatagramService(
            $"port {port}", port, handler, new Stacks(_server),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<DatagramService>.Instance);
        await service.StartAsync(TestContext.Current.CancellationToken);
        return new Stopping(service);
    }

    private async Task<UserTcpUdpSocket> ConnectAsync(int port)
    {
        var socket = await _client.BindUdpAsync(
            new IPEndPoint(ClientAddress, 0), TestContext.Current.CancellationToken);
        await socket.ConnectAsync(new IPEndPoint(ServerAddress, port), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>Sends a request and FIN to the lines service over TCP, and returns the answer.</summary>
    private async Task<string> TalkAsync(string request)
    {
        await using var listener = await _server.ListenAsync(new IPEndPoint(ServerAddress, 0));
        var accepting = listener.AcceptConnectionAsync().AsTask();
        await using var connection = await _client.ConnectAsync(listener.LocalEndPoint).AsTask().WaitAsync(Timeout);
        var accepted = await accepting.WaitAsync(Timeout);
        using var gate = new ConnectionGate(TimeProvider.System);
        var serving = LinesService.HandleAsync(gate.TryEnter(accepted)!, CancellationToken.None);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        connection.CompleteWrites();
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken)
            .WaitAsync(Timeout, TestContext.Current.CancellationToken);
        await serving.WaitAsync(Timeout);
        await accepted.DisposeAsync();
        return answer;
    }

    private sealed class ShiftedTime : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 30, TimeSpan.Zero);

        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => Start + Shift;
    }

    private sealed class Stopping(DatagramService service) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await service.StopAsync(CancellationToken.None);
            service.Dispose();
        }
    }

    private sealed class Stacks(UserTcpStack stack) : IUserTcpStackProvider
    {
        public ValueTask<UserTcpStack> GetStackAsync(CancellationToken cancellationToken = default) => new(stack);
    }
}
