using System.IO.Pipelines;
using System.Net;
using System.Text;
using UserTcp.Cli.Netcat;
using UserTcp.Engine.Contract;
using Xunit;

namespace UserTcp.Cli.Tests;

/// <summary>`nc -l` and `nc -lk` while standard input stays open.</summary>
public sealed class NcListenTests : IAsyncLifetime
{
    private const int Port = 5000;

    private static readonly IPAddress ServerAddress = IPAddress.Parse("198.18.0.2");
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly Pipe _input = new();
    private readonly MemoryStream _output = new();
    private readonly CancellationTokenSource _signal = new();
    private UserTcpStack _client = null!;
    private UserTcpStack _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var (near, far) = InMemoryLink.CreatePair();
        _client = await StartAsync(near, IPAddress.Parse("198.18.0.1"));
        _server = await StartAsync(far, ServerAddress);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _output.DisposeAsync();
        _signal.Dispose();
    }

    [Fact]
    public async Task The_peers_FIN_ends_it()
    {
        var nc = RunAsync(keeps: false);

        await using var client = await ConnectAsync();
        Assert.Equal("", await ExchangeAsync(client, "hello"));

        Assert.Equal(ExitCode.Success, await nc.WaitAsync(Timeout, Cancellation));
        Assert.Equal("hello", Encoding.ASCII.GetString(_output.ToArray()));
    }

    [Fact]
    public async Task With_k_the_next_peer_is_served_after_a_FIN()
    {
        var nc = RunAsync(keeps: true);

        foreach (var word in new[] { "one ", "two ", "three" })
        {
            await using var client = await ConnectAsync();
            Assert.Equal("", await ExchangeAsync(client, word));
        }

        await InterruptAsync(nc);
        Assert.Equal("one two three", Encoding.ASCII.GetString(_output.ToArray()));
    }

    [Fact]
    public async Task A_peer_that_has_closed_its_side_gets_what_was_read_before()
    {
        var nc = RunAsync(keeps: false);
        await using var client = await ConnectAsync();
        var written = new string('a', 60_000);
        await _input.Writer.WriteAsync(Encoding.ASCII.GetBytes(written), Cancellation);
        await ReadAsync(client, 1);

        Assert.Equal(written[1..], await ExchangeAsync(client, "bye"));

        Assert.Equal(ExitCode.Success, await nc.WaitAsync(Timeout, Cancellation));
    }

    [Fact]
    public async Task What_was_read_for_one_peer_is_not_sent_to_the_next()
    {
        var nc = RunAsync(keeps: true);
        await using (var gone = await ConnectAsync())
        {
            await _input.Writer.WriteAsync(new byte[60_000], Cancellation);
            // The send buffer is smaller than the chunk, and nothing more than this is read.
            await ReadAsync(gone, 1);
            gone.Abort();
        }

        await using var next = await ConnectAsync();
        await _input.Writer.WriteAsync("next"u8.ToArray(), Cancellation);

        Assert.Equal("next", await ReadAsync(next, 4));
        Assert.Equal("", await ExchangeAsync(next, "bye"));
        await InterruptAsync(nc);
    }

    /// <summary>Small buffers, so that a chunk of input does not fit.</summary>
    private static async Task<UserTcpStack> StartAsync(ILinkDevice device, IPAddress address) =>
        await UserTcpStack.StartAsync(new UserTcpStackOptions
        {
            Device = device,
            Addresses = [address],
            Engine = new EngineOptions
            {
                InitialSendBufferSize = 8192,
                SendBufferSize = 8192,
                InitialReceiveBufferSize = 8192,
                ReceiveBufferSize = 8192,
                MaxSegmentLifetime = TimeSpan.FromMilliseconds(20),
            },
            ShutdownTimeout = TimeSpan.Zero,
        });

    private async Task<int> RunAsync(bool keeps)
    {
        using var interruption = new Interruption(_signal.Token);
        var session = new NcSession(
            new NcInput(_input.Reader.AsStream()), _output, interruption, endsWithPeer: true);
        var request = new NcRequest("", new PortRange(Port, Port)) { Listens = true, Keeps = keeps };
        return await new NcAcceptor(new OwnStack(_server), request, session).RunAsync(interruption.Token);
    }

    /// <summary>Ends it as a signal does, wherever it is.</summary>
    private async Task InterruptAsync(Task nc)
    {
        await _signal.CancelAsync();
        try
        {
            await nc.WaitAsync(Timeout, Cancellation);
        }
        catch (Exception exception) when (exception is CommandException or NcFailure)
        {
            // It waited for a peer, or the last connection was still open.
        }
    }

    private Task<UserTcpConnection> ConnectAsync() =>
        _client.ConnectAsync(new IPEndPoint(ServerAddress, Port), Cancellation).AsTask()
            .WaitAsync(Timeout, Cancellation);

    private static async Task<string> ReadAsync(UserTcpConnection connection, int count)
    {
        var bytes = new byte[count];
        await connection.GetStream().ReadExactlyAsync(bytes, Cancellation).AsTask().WaitAsync(Timeout, Cancellation);
        return Encoding.ASCII.GetString(bytes);
    }

    /// <summary>Sends the last words and a FIN; returns what comes until the peer's FIN.</summary>
    private static async Task<string> ExchangeAsync(UserTcpConnection connection, string words)
    {
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(words), Cancellation);
        connection.CompleteWrites();
        using var answer = new MemoryStream();
        await connection.GetStream().CopyToAsync(answer, Cancellation).WaitAsync(Timeout, Cancellation);
        return Encoding.ASCII.GetString(answer.ToArray());
    }
}
