using System.Globalization;
using System.Net;
using System.Net.Sockets;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>The control socket of `usertcp up`: odd requests, and clients whose stack ends.</summary>
public sealed class ControlSocketTests : IDisposable
{
    private readonly PrivateNetwork _network = new();
    private readonly TemporaryFolder _runtime = new();

    public void Dispose()
    {
        _network.Dispose();
        _runtime.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("--json")]
    [InlineData("--ladder")]
    public async Task A_stack_that_stops_ends_a_watch_with_a_sentence(string form)
    {
        using var up = await UpAsync();
        using var watch = Start(["watch", .. form.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Contains("198.18.0.2", await watch.FirstLineAsync(), StringComparison.Ordinal);

        up.Signal("TERM");

        var result = await watch.EndAsync();
        Assert.Equal((0, "usertcp: the stack has stopped\n"), (result.ExitCode, result.Errors));
        Assert.Equal(0, (await up.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_stack_that_fails_fails_a_watch_with_a_sentence()
    {
        Need.Programs("ip");
        using var up = await UpAsync();
        using var watch = Start("watch");
        Assert.Contains("198.18.0.2", await watch.FirstLineAsync(), StringComparison.Ordinal);

        await _network.RunAsync("ip", "link", "delete", "ut0");

        var result = await watch.EndAsync();
        Assert.Equal((1, "usertcp: the stack has failed\n"), (result.ExitCode, result.Errors));
        Assert.Equal(70, (await up.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_stack_that_is_killed_fails_a_watch_with_a_sentence()
    {
        using var up = await UpAsync();
        using var watch = Start("watch");
        Assert.Contains("198.18.0.2", await watch.FirstLineAsync(), StringComparison.Ordinal);

        up.Signal("KILL");

        var result = await watch.EndAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Matches(
            @"^usertcp: the stack has broken off the watch \(.*\): it was killed, or this reader was too slow\n$",
            result.Errors);
    }

    [Fact]
    public async Task A_stack_that_is_killed_fails_nc_with_a_sentence()
    {
        using var up = await UpAsync();
        using var nc = _network.Start(UserTcpCommand.Options(_runtime, "nc", "--stack", "ut0", "198.18.0.2", "7") with
        {
            Input = null,
        });
        await nc.Input.WriteAsync("hello\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await nc.Input.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("hello", await nc.FirstLineAsync());

        up.Signal("KILL");

        var result = await nc.EndAsync();
        Assert.Equal((1, "usertcp: the stack has ended\n"), (result.ExitCode, result.Errors));
    }

    [Fact]
    public async Task A_nc_that_is_interrupted_resets_a_connection_whose_peer_does_not_read()
    {
        using var up = await UpAsync();
        using var listener = _network.Listen(IPAddress.Any);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        using var nc = _network.Start(
            UserTcpCommand.Options(_runtime, "nc", "--stack", "ut0", "198.18.0.1", port) with
            {
                Input = new byte[20_000_000],
            });
        using var socket = await listener.AcceptAsync().OrFail();
        // The window closes, and no further byte is taken from nc.
        var full = 0;
        while (socket.Available != full || full == 0)
        {
            full = socket.Available;
            await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        }

        nc.Signal("KILL");

        Assert.True(socket.Poll(TimeSpan.FromSeconds(60), SelectMode.SelectError));
    }

    [Fact]
    public async Task A_listener_of_nc_does_not_hold_up_the_end_of_its_stack()
    {
        using var up = await UpAsync();
        using var nc = Start("nc", "--stack", "ut0", "-v", "-k", "-l", "5000");
        using (var peer = await ConnectAsync(new IPEndPoint(IPAddress.Parse("198.18.0.2"), 5000)))
            await peer.SendAllAsync("hello\n"u8.ToArray());
        Assert.Equal("hello", await nc.FirstLineAsync());

        up.Signal("TERM");

        var result = await nc.EndAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("usertcp: port 5000: the stack has ended\n", result.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await up.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Odd_requests_are_refused_and_leave_no_error_in_the_log()
    {
        using var up = await UpAsync();
        using var client = Client(up);

        foreach (var (path, problem) in new[]
        {
            ("/nc/connect?host=&port=80", "'' is no host"),
            ($"/nc/connect?host={new string('x', 300)}&port=80", $"'{new string('x', 300)}' is no host"),
            ($"/nc/connect?host={string.Concat(Enumerable.Repeat("%EA%B0%80", 300))}&port=80",
                $"'{new string('가', 300)}' is no host"),
            ("/nc/connect?host=198.18.0.1", "port: it is missing"),
            ("/nc/connect?host=198.18.0.1&port=65536", Unknown("port", "65536")),
            ("/nc/connect?host=198.18.0.1&port=-1", Unknown("port", "-1")),
            ("/nc/connect?host=198.18.0.1&port=80&source=65536", Unknown("source", "65536")),
            ("/nc/connect?host=198.18.0.1&port=80&family=Unix", "family: the stack has no Unix"),
            ("/nc/connect?host=198.18.0.1&port=80&family=2", Unknown("family", "2")),
            ("/nc/listen?port=0", Unknown("port", "0")),
            ("/nc/accept?id=%0d%0a", "no such connection"),
        })
        {
            using var response = await client.SendAsync(Upgrade(path), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            var header = Assert.Single(response.Headers.GetValues("Usertcp-Problem"));
            Assert.Equal(problem, Uri.UnescapeDataString(header));
        }

        using var plain = await client.GetAsync("/nc/listen?port=5000", TestContext.Current.CancellationToken);
        using var watch = await client.GetAsync("/watch?form=7", TestContext.Current.CancellationToken);
        using var filter = await client.GetAsync(
            "/watch?filter=" + new string('(', 500), TestContext.Current.CancellationToken);
        using var none = await client.GetAsync("/nothing", TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                HttpStatusCode.UpgradeRequired, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest,
                HttpStatusCode.NotFound,
            ],
            new[] { plain.StatusCode, watch.StatusCode, filter.StatusCode, none.StatusCode });
        up.Signal("TERM");
        var result = await up.EndAsync();
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
    }

    private static string Unknown(string key, string value) =>
        $"{key}: the stack, of another version perhaps, does not know '{value}'";

    private static HttpRequestMessage Upgrade(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", Convert.ToBase64String(new byte[16]));
        return request;
    }

    private HttpClient Client(Child up)
    {
        var socketPath = Path.Combine(
            _runtime.Path, "usertcp", up.Id.ToString(CultureInfo.InvariantCulture) + ".sock");
        return new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        {
            BaseAddress = new Uri("http://localhost"),
        };
    }

    /// <summary>Connects as soon as the port is open.</summary>
    private async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        while (true)
        {
            var socket = _network.NewSocket(AddressFamily.InterNetwork);
            try
            {
                await socket.ConnectAsync(address).OrFail();
                return socket;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
            {
                socket.Dispose();
            }
        }
    }

    private async Task<Child> UpAsync()
    {
        var up = Start("up", "--services", "echo");
        Assert.StartsWith("ready ut0 ", await up.FirstLineAsync(), StringComparison.Ordinal);
        return up;
    }

    private Child Start(params string[] arguments) =>
        _network.Start(UserTcpCommand.Options(_runtime, arguments));
}
