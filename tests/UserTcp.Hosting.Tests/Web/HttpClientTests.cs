using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UserTcp.Hosting.Tests.Kit;
using Xunit;

namespace UserTcp.Hosting.Tests.Web;

/// <summary>HttpClient fails over the stack as it does over sockets.</summary>
public sealed class HttpClientTests
{
    private static readonly Uri Site = new("http://198.18.0.2/");

    [Fact]
    public async Task A_refused_connection_is_reported_with_its_code()
    {
        await using var network = await Network.CreateAsync();
        using var host = Hosts.Build(network);
        await host.StartAsync(TestContext.Current.CancellationToken);
        using var client = network.CreateClient();

        var error = await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.GetAsync(Site, TestContext.Current.CancellationToken));

        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
        Assert.Equal(
            SocketError.ConnectionRefused, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
        Assert.Contains("198.18.0.2:80", error.Message, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_family_that_the_stack_does_not_have_is_reported_with_its_code()
    {
        var (device, _) = InMemoryLink.CreatePair();
        await using var stack = await UserTcpStack.StartAsync(
            new UserTcpStackOptions { Device = device, Addresses = [Network.PeerIPv4] });
        using var client = new HttpClient(new SocketsHttpHandler().UseUserTcp(stack));

        var error = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync(new Uri("http://[2001:db8:75::2]/"), TestContext.Current.CancellationToken));

        Assert.Equal(SocketError.HostNotFound, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task No_response_ends_at_the_clients_timeout()
    {
        await using var network = await Network.CreateAsync();
        await using var server = await SilentServer.StartAsync(network);
        using var client = network.CreateClient();
        client.Timeout = TimeSpan.FromMilliseconds(100);

        var error = await Assert.ThrowsAsync<TaskCanceledException>(() =>
            client.GetAsync(Site, TestContext.Current.CancellationToken));

        Assert.IsType<TimeoutException>(error.InnerException);
    }

    [Fact]
    public async Task No_reply_to_the_SYN_ends_at_the_connect_timeout()
    {
        await using var network = await Network.CreateAsync();
        using var client = network.CreateClient(handler => handler.ConnectTimeout = TimeSpan.FromMilliseconds(100));

        var error = await Assert.ThrowsAsync<TaskCanceledException>(() =>
            client.GetAsync(Site, TestContext.Current.CancellationToken));

        Assert.IsType<TimeoutException>(error.InnerException);
        await Until.TrueAsync(() => network.Peer.GetConnections().Count == 0, "the attempt is given up");
    }

    [Fact]
    public async Task Cancelling_ends_the_request_and_its_connection()
    {
        await using var network = await Network.CreateAsync();
        await using var server = await SilentServer.StartAsync(network);
        using var client = network.CreateClient();
        using var cancel = new CancellationTokenSource();
        var request = client.GetAsync(Site, cancel.Token);
        var connection = await server.AcceptAsync();

        await cancel.CancelAsync();

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        Assert.Equal(cancel.Token, error.CancellationToken);
        await Record.ExceptionAsync(() => connection.ReadsClosed.OrFail());
        Assert.True(connection.ReadsClosed.IsCompleted);
    }

    [Fact]
    public async Task A_reset_in_the_middle_of_the_body_is_an_error_of_the_response()
    {
        await using var network = await Network.CreateAsync();
        await using var server = await SilentServer.StartAsync(network);
        using var client = network.CreateClient();
        var request = client.GetAsync(
            Site, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var connection = await server.AcceptAsync();
        var stream = connection.GetStream();
        await stream.WriteAsync(
            "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"u8.ToArray(), TestContext.Current.CancellationToken);
        using var response = await request.OrFail();
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await body.ReadExactlyAsync(new byte[4], TestContext.Current.CancellationToken);

        connection.Abort();

        var error = await Assert.ThrowsAnyAsync<IOException>(() =>
            body.ReadAsync(new byte[4], TestContext.Current.CancellationToken).OrFail());
        var code = Assert.IsType<SocketException>(error.GetBaseException()).SocketErrorCode;
        Assert.Equal(SocketError.ConnectionReset, code);
    }

    [Fact]
    public async Task A_body_that_ends_too_early_is_an_error_of_the_response()
    {
        await using var network = await Network.CreateAsync();
        await using var server = await SilentServer.StartAsync(network);
        using var client = network.CreateClient();
        var request = client.GetStringAsync(Site, TestContext.Current.CancellationToken);
        var connection = await server.AcceptAsync();
        await connection.GetStream().WriteAsync(
            "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"u8.ToArray(), TestContext.Current.CancellationToken);

        connection.CompleteWrites();

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => request.OrFail());
        Assert.Equal(
            HttpRequestError.ResponseEnded, Assert.IsType<HttpIOException>(error.InnerException).HttpRequestError);
    }

    [Fact]
    public async Task A_stack_that_has_ended_fails_the_request_and_does_not_hang()
    {
        await using var network = await Network.CreateAsync();
        await network.Peer.StopAsync(TimeSpan.Zero);
        using var client = network.CreateClient();

        var started = Stopwatch.GetTimestamp();
        await Assert.ThrowsAnyAsync<Exception>(() =>
            client.GetAsync(Site, TestContext.Current.CancellationToken).OrFail());

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Until.Timeout / 2);
    }

    /// <summary>Listens on port 80, and sends nothing by itself.</summary>
    private sealed class SilentServer(UserTcpStack stack, UserTcpListener listener) : IAsyncDisposable
    {
        public static async Task<SilentServer> StartAsync(Network network)
        {
            var stack = await UserTcpStack.StartAsync(new UserTcpStackOptions
            {
                Device = network.Device,
                Addresses = [Network.HostIPv4],
                ShutdownTimeout = TimeSpan.Zero,
            });
            return new SilentServer(stack, await stack.ListenAsync(new IPEndPoint(Network.HostIPv4, 80)));
        }

        /// <summary>Accepts the next connection, and waits for its request.</summary>
        public async Task<UserTcpConnection> AcceptAsync()
        {
            var connection = await listener.AcceptConnectionAsync().OrFail();
            Assert.NotEqual(0, await connection.GetStream().ReadAsync(new byte[1000]).OrFail());
            return connection;
        }

        public ValueTask DisposeAsync() => stack.DisposeAsync();
    }
}
