using System.Text;
using Microsoft.Extensions.Logging;
using UserTcp.Cli.Services;
using UserTcp.Cli.Tests.Kit;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>
/// How long a peer of a service may be silent, and how many there may be; with a clock that the test moves.
/// </summary>
public sealed class ServiceLimitTests : IAsyncLifetime
{
    private ServiceLink _link = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _link = await ServiceLink.StartAsync();

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    [Fact]
    public async Task Echo_lets_a_silent_peer_go_and_no_other()
    {
        await _link.ServeAsync(7, EchoService.HandleAsync);
        await using var connection = await _link.ConnectAsync(7);
        var stream = connection.GetStream();
        for (var round = 0; round < 3; round++)
        {
            await stream.WriteAsync("x"u8.ToArray(), Cancellation);
            Assert.Equal(1, await stream.ReadAsync(new byte[1], Cancellation).AsTask()
                .WaitAsync(ServiceLink.Timeout, Cancellation));
            _link.Time.AdvanceSeconds(EchoService.IdleSeconds);
        }

        await AssertEndsAsync(stream, EchoService.IdleSeconds);
    }

    [Fact]
    public async Task Discard_lets_a_silent_peer_go()
    {
        await _link.ServeAsync(9, DiscardService.HandleAsync);
        await using var connection = await _link.ConnectAsync(9);
        await connection.GetStream().WriteAsync(new byte[1000], Cancellation);

        await AssertEndsAsync(connection.GetStream(), EchoService.IdleSeconds);
    }

    [Fact]
    public async Task Daytime_lets_a_peer_go_that_does_not_close()
    {
        await _link.ServeAsync(13, DaytimeService.HandleAsync);
        await using var connection = await _link.ConnectAsync(13);
        using var reader = new StreamReader(connection.GetStream());
        Assert.NotNull(await reader.ReadLineAsync(Cancellation));

        Assert.Null(await reader.ReadLineAsync(Cancellation));

        // The server has left when data that comes is answered with RST.
        await _link.AdvanceUntilAsync(ResetAsync(), DaytimeService.CloseSeconds);

        async Task ResetAsync()
        {
            while (!connection.ConnectionClosed.IsCancellationRequested)
            {
                await connection.Transport.Output.WriteAsync(new byte[1], Cancellation);
                await Task.Delay(1, Cancellation);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: ")]
    public async Task Plaintext_does_not_wait_for_a_head_for_ever(string start)
    {
        await _link.ServeAsync(8080, PlaintextService.HandleAsync);
        await using var connection = await _link.ConnectAsync(8080);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(start), Cancellation);

        var answer = ReadToEndAsync(connection);
        await _link.AdvanceUntilAsync(answer, PlaintextService.HeadSeconds);

        Assert.StartsWith(start.Length == 0 ? "" : "HTTP/1.1 408 ", await answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plaintext_counts_from_the_first_byte_of_a_head_whatever_trickles_in()
    {
        await _link.ServeAsync(8080, PlaintextService.HandleAsync);
        await using var connection = await _link.ConnectAsync(8080);
        var stream = connection.GetStream();
        await RequestAsync(stream);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nX: "u8.ToArray(), Cancellation);
        var answer = ReadToEndAsync(connection);
        var seconds = 0;
        while (!answer.IsCompleted)
        {
            Assert.True(seconds < 1000, "a head that never ends is waited for");
            await stream.WriteAsync("x"u8.ToArray(), Cancellation);
            var received = Received() + 1;
            for (var turn = 0; turn < 1000 && Received() < received && !answer.IsCompleted; turn++)
                await Task.WhenAny(answer, Task.Delay(1, Cancellation));
            _link.Time.AdvanceSeconds(1);
            seconds++;
        }

        Assert.StartsWith("HTTP/1.1 408 ", await answer, StringComparison.Ordinal);
        Assert.InRange(seconds, 2, 10 * PlaintextService.HeadSeconds);

        long Received() => _link.Server.GetConnections().Sum(row => row.DataReceived);
    }

    [Fact]
    public async Task Plaintext_keeps_a_connection_between_requests_for_a_while()
    {
        await _link.ServeAsync(8080, PlaintextService.HandleAsync);
        await using var connection = await _link.ConnectAsync(8080);
        var stream = connection.GetStream();
        for (var round = 0; round < 3; round++)
        {
            await RequestAsync(stream);
            _link.Time.AdvanceSeconds(PlaintextService.IdleSeconds);
        }

        await AssertEndsAsync(stream, PlaintextService.IdleSeconds);
    }

    [Fact]
    public async Task Plaintext_takes_no_body_for_a_request()
    {
        await _link.ServeAsync(8080, PlaintextService.HandleAsync);
        await using var connection = await _link.ConnectAsync(8080);
        await connection.GetStream().WriteAsync(
            ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n"u8
                + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\nxxxxx"u8).ToArray(),
            Cancellation);

        var answer = ReadToEndAsync(connection);
        await _link.AdvanceUntilAsync(answer, 1);

        Assert.StartsWith("HTTP/1.1 413 ", await answer, StringComparison.Ordinal);
        Assert.Equal(1, (await answer).Split("HTTP/1.1 ").Length - 1);
    }

    [Fact]
    public async Task Plaintext_answers_HEAD_without_a_body()
    {
        await _link.ServeAsync(8080, PlaintextService.HandleAsync);
        await using var connection = await _link.ConnectAsync(8080);
        await connection.GetStream()
            .WriteAsync("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation);

        var answer = await ReadToEndAsync(connection).WaitAsync(ServiceLink.Timeout, Cancellation);

        Assert.StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_connections_than_the_gate_lets_in_are_refused_until_one_leaves()
    {
        await _link.ServeAsync(7, EchoService.HandleAsync);
        await using var one = await _link.ConnectAsync(7);
        await using var two = await _link.ConnectAsync(7);
        using var gate = new ConnectionGate(_link.Time, max: 1);

        var served = gate.TryEnter(one);
        Assert.NotNull(served);
        Assert.Null(gate.TryEnter(two));
        gate.Leave(served);
        Assert.NotNull(gate.TryEnter(two));
    }

    [Fact]
    public async Task A_handler_that_fails_costs_its_connection_and_is_logged()
    {
        await _link.ServeAsync(7, (_, _) => throw new InvalidOperationException("on purpose"));
        await using var connection = await _link.ConnectAsync(7);

        await Assert.ThrowsAnyAsync<IOException>(() =>
            ReadToEndAsync(connection).WaitAsync(ServiceLink.Timeout, Cancellation));
        await using var next = await _link.ConnectAsync(7);

        Assert.Contains(
            _link.Log.Lines,
            line => line.Level == LogLevel.Error && line.Line.Contains("on purpose", StringComparison.Ordinal));
    }

    private static async Task<string> ReadToEndAsync(UserTcpConnection connection)
    {
        using var reader = new StreamReader(connection.GetStream(), Encoding.ASCII, leaveOpen: true);
        return await reader.ReadToEndAsync(Cancellation);
    }

    private static async Task RequestAsync(UserTcpStream stream)
    {
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Cancellation);
        var answer =
            new byte["HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello, world!".Length];
        await stream.ReadExactlyAsync(answer, Cancellation).AsTask().WaitAsync(ServiceLink.Timeout, Cancellation);
        Assert.EndsWith("Hello, world!", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
    }

    private async Task AssertEndsAsync(UserTcpStream stream, int seconds)
    {
        var end = stream.ReadAsync(new byte[1], Cancellation).AsTask();
        await _link.AdvanceUntilAsync(end, seconds);
        Assert.Equal(0, await end);
    }
}
