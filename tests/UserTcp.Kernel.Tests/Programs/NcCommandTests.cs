using System.Net;
using System.Net.Sockets;
using System.Text;
using UserTcp.Kernel.Tests.Kit;
using Xunit;

namespace UserTcp.Kernel.Tests.Programs;

/// <summary>`usertcp nc`: nc over the stack.</summary>
public sealed class NcCommandTests : IDisposable
{
    private readonly PrivateNetwork _network = new();
    private readonly TemporaryFolder _runtime = new();

    public void Dispose()
    {
        _network.Dispose();
        _runtime.Dispose();
    }

    [Fact]
    public async Task It_connects_to_a_kernels_listener_and_sends_both_ways()
    {
        using var listener = _network.Listen(IPAddress.Any);
        var (question, answer) = (Payload.Random(1_000_000, seed: 1), Payload.Random(1_000_000, seed: 2));
        using var nc = Start(question, "198.18.0.1", Port(listener));

        using var socket = await listener.AcceptAsync().OrFail();
        Assert.Equal(IPAddress.Parse("198.18.0.2"), ((IPEndPoint)socket.RemoteEndPoint!).Address);
        using var stream = new NetworkStream(socket);
        Assert.Equal(Payload.Hash(question), await stream.HashToEndAsync());
        await socket.SendAllAsync(answer);

        var result = await nc.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(Payload.Hash(answer), Payload.Hash(result.Output));
    }

    [Fact]
    public async Task It_listens_for_a_kernels_client()
    {
        using var nc = Start(Encoding.ASCII.GetBytes("welcome\n"), "-l", "5000");
        using var client = await ConnectAsync(new IPEndPoint(IPAddress.Parse("2001:db8:75::2"), 5000));

        using var stream = new NetworkStream(client);
        await client.SendAllAsync("hello\n"u8.ToArray());
        Assert.Equal("welcome\n", Encoding.ASCII.GetString(await stream.ReadToEndAsync()));

        Assert.Equal("hello\n", (await nc.EndAsync()).MustSucceed());
    }

    [Theory]
    [InlineData("198.18.0.1")]
    [InlineData("2001:db8:75::1")]
    public async Task A_closed_port_is_a_refusal(string address)
    {
        using var nc = Start([], address, "9");

        var result = await nc.EndAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("port 9: connection refused\n", result.Errors, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Its_active_open_can_be_watched_and_captured()
    {
        using var listener = _network.Listen(IPAddress.Any);
        var capture = Path.Combine(_runtime.Path, "nc.pcapng");
        using var nc = Start(
            Encoding.ASCII.GetBytes("hello\n"), "--ladder", "--capture", capture, "198.18.0.1", Port(listener));
        using (var socket = await listener.AcceptAsync().OrFail())
        using (var stream = new NetworkStream(socket))
            Assert.Equal("hello\n", Encoding.ASCII.GetString(await stream.ReadToEndAsync()));

        var result = await nc.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Matches(@"  us 198\.18\.0\.2 port \d+, ISS \d+   peer 198\.18\.0\.1 port ", result.Errors);
        Assert.Matches(@"SYN-SENT +--SYN-+> .*SYN: active open", result.Errors);
        Assert.Matches(@"-FIN,ACK|--FIN,PSH,ACK", result.Errors);
        Assert.Matches(@"FIN: the peer has no more to send", result.Errors);
        Assert.True(new FileInfo(capture).Length > 7 * 40);
    }

    [Fact]
    public async Task A_reset_is_reported_and_fails()
    {
        using var listener = _network.Listen(IPAddress.Any);
        using var nc = Start(null, "198.18.0.1", Port(listener));
        using var socket = await listener.AcceptAsync().OrFail();

        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();

        var result = await nc.EndAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("usertcp: connection reset by the peer\n", result.Errors);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_resets_the_connection_and_ends_it(string signal, int exitCode)
    {
        using var listener = _network.Listen(IPAddress.Any);
        using var nc = Start(null, "198.18.0.1", Port(listener));
        using var socket = await listener.AcceptAsync().OrFail();
        await socket.SendAllAsync("hello\n"u8.ToArray());
        Assert.Equal("hello", await nc.FirstLineAsync());

        nc.Signal(signal);

        await Payload.AssertSocketAsync(SocketError.ConnectionReset, () => socket.ReceiveAsync(new byte[1]).OrFail());
        var result = await nc.EndAsync();
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Empty(result.Errors);
    }

    [Fact]
    public async Task Input_that_the_peer_resets_after_its_FIN_is_a_failure()
    {
        using var listener = _network.Listen(IPAddress.Any);
        using var nc = Start(null, "198.18.0.1", Port(listener));
        using (var socket = await listener.AcceptAsync().OrFail())
            await socket.SendAllAsync("all I have to say\n"u8.ToArray());
        Assert.Equal("all I have to say", await nc.FirstLineAsync());

        await nc.Input.WriteAsync("lost"u8.ToArray());
        await nc.Input.DisposeAsync();

        var result = await nc.EndAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("usertcp: connection reset by the peer\n", result.Errors);
    }

    [Fact]
    public async Task A_scan_reports_the_open_ports_of_a_range()
    {
        using var listener = _network.Listen(IPAddress.Any);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var nc = Start([], "-z", "-v", "198.18.0.1", $"{port - 1}-{port + 1}");

        var result = await nc.EndAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Equal(
            $"198.18.0.1 port {port - 1}: connection refused\nConnection to 198.18.0.1 {port} port [tcp/*] succeeded!\n"
            + $"198.18.0.1 port {port + 1}: connection refused\n",
            result.Errors);
    }

    [Fact]
    public async Task A_scan_without_an_open_port_fails_in_silence()
    {
        using var nc = Start([], "-z", "198.18.0.1", "1-3");

        var result = await nc.EndAsync();

        Assert.Equal((1, ""), (result.ExitCode, result.Errors));
    }

    [Fact]
    public async Task The_source_port_is_the_one_of_the_option()
    {
        using var listener = _network.Listen(IPAddress.Any);
        using var nc = Start([], "-p", "4321", "198.18.0.1", Port(listener));

        using var socket = await listener.AcceptAsync().OrFail();

        Assert.Equal(4321, ((IPEndPoint)socket.RemoteEndPoint!).Port);
        socket.Shutdown(SocketShutdown.Send);
        (await nc.EndAsync()).MustSucceed();
    }

    [Fact]
    public async Task It_accepts_one_connection_after_another_until_a_signal()
    {
        using var nc = Start(null, "-lk", "5000");
        var remote = new IPEndPoint(IPAddress.Parse("198.18.0.2"), 5000);
        foreach (var (question, answer) in new[] { ("one\n", "uno\n"), ("two\n", "due\n") })
        {
            using var client = await ConnectAsync(remote);
            await client.SendAsync(Encoding.ASCII.GetBytes(question)).OrFail();
            await nc.Input.WriteAsync(Encoding.ASCII.GetBytes(answer));
            await nc.Input.FlushAsync();
            var received = new byte[answer.Length];
            using var stream = new NetworkStream(client);
            await stream.ReadExactlyAsync(received).OrFail();
            Assert.Equal(answer, Encoding.ASCII.GetString(received));
            // The client closes, and the next one is served though the input stays open. Only after nc's FIN is the
            // input for the next one.
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await stream.ReadAsync(received).OrFail());
        }

        using (await ConnectAsync(remote))
            nc.Signal("TERM");

        var result = await nc.EndAsync();
        Assert.Equal((143, "one\ntwo\n"), (result.ExitCode, result.StandardOutput));
    }

    [Theory]
    [InlineData("198.18.0.1")]
    [InlineData("198.18.0.1", "0")]
    [InlineData("198.18.0.1", "65536")]
    [InlineData("-l", "198.18.0.1", "5000")]
    public async Task Wrong_arguments_are_usage_errors(params string[] arguments)
    {
        using var nc = Start([], arguments);

        Assert.Equal(64, (await nc.EndAsync()).ExitCode);
    }

    private static string Port(Socket listener) =>
        ((IPEndPoint)listener.LocalEndPoint!).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private Child Start(byte[]? input, params string[] arguments) =>
        _network.Start(UserTcpCommand.Options(_runtime, ["nc", .. arguments]) with { Input = input });

    /// <summary>Retries until the port is open.</summary>
    private async Task<Socket> ConnectAsync(IPEndPoint remote)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var started = System.Diagnostics.Stopwatch.GetTimestamp(); ;)
        {
            var socket = _network.NewSocket(remote.AddressFamily);
            try
            {
                await socket.ConnectAsync(remote).OrFail();
                return socket;
            }
            catch (SocketException) when (System.Diagnostics.Stopwatch.GetElapsedTime(started) < Until.Timeout)
            {
                socket.Dispose();
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }
    }
}
