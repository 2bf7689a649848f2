using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json;
using UserTcp.Cli.Services.Iperf3;
using Xunit;

namespace UserTcp.Cli.Tests.Kit;

/// <summary>The client's side of iperf3, a step at a time, so that a test may do it wrong.</summary>
internal sealed class Iperf3Client(UserTcpStack stack, IPEndPoint server, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly List<UserTcpConnection> _connections = [];

    /// <summary>36 characters and a zero.</summary>
    private byte[] Cookie => Encoding.ASCII.GetBytes(name.PadRight(36, '-') + '\0');

    private UserTcpStream Control => _connections[0].GetStream();

    /// <summary>A connection that begins with the client's cookie, or with another one.</summary>
    public async Task<UserTcpStream> ConnectAsync(byte[]? cookie = null)
    {
        var connection = await Within(stack.ConnectAsync(server).AsTask());
        _connections.Add(connection);
        await connection.GetStream().WriteAsync(cookie ?? Cookie, TestContext.Current.CancellationToken);
        return connection.GetStream();
    }

    /// <summary>As far as the server's wish for streams.</summary>
    public async Task AgreeAsync(string parameters)
    {
        await ConnectAsync();
        Assert.Equal(Iperf3State.ParameterExchange, await StateAsync());
        await SendAsync(parameters);
        Assert.Equal(Iperf3State.CreateStreams, await StateAsync());
    }

    /// <summary>As far as the test's beginning; returns its streams.</summary>
    public async Task<UserTcpStream[]> BeginAsync(string parameters, int count)
    {
        await AgreeAsync(parameters);
        var streams = new UserTcpStream[count];
        for (var i = 0; i < count; i++)
            streams[i] = await ConnectAsync();
        Assert.Equal(Iperf3State.TestStart, await StateAsync());
        Assert.Equal(Iperf3State.TestRunning, await StateAsync());
        return streams;
    }

    /// <summary>The test's regular end; returns the server's results: number and octets of each stream.</summary>
    public async Task<(int Id, long Octets)[]> EndAsync()
    {
        await SendAsync(Iperf3State.TestEnd);
        Assert.Equal(Iperf3State.ExchangeResults, await StateAsync());
        await SendAsync("{}");
        var length = BinaryPrimitives.ReadInt32BigEndian(await ReadAsync(4));
        using var results = JsonDocument.Parse(await ReadAsync(length));
        Assert.Equal(Iperf3State.DisplayResults, await StateAsync());
        await SendAsync(Iperf3State.Done);
        return [.. results.RootElement.GetProperty("streams").EnumerateArray()
            .Select(stream => (stream.GetProperty("id").GetInt32(), stream.GetProperty("bytes").GetInt64()))];
    }

    public async Task<Iperf3State> StateAsync() => (Iperf3State)(sbyte)(await ReadAsync(1))[0];

    /// <summary>The number of the error that comes next.</summary>
    public async Task<Iperf3Error> ErrorAsync()
    {
        Assert.Equal(Iperf3State.ServerError, await StateAsync());
        return (Iperf3Error)BinaryPrimitives.ReadInt32BigEndian(await ReadAsync(8));
    }

    public Task SendAsync(Iperf3State state) => SendRawAsync([unchecked((byte)state)]);

    public Task SendAsync(string json)
    {
        var message = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, json.Length);
        Encoding.ASCII.GetBytes(json, message.AsSpan(4));
        return SendRawAsync(message);
    }

    public Task SendRawAsync(byte[] octets) =>
        Within(Control.WriteAsync(octets, TestContext.Current.CancellationToken).AsTask());

    /// <summary>The server has nothing more to say on the control connection.</summary>
    public async Task AssertClosedAsync() =>
        Assert.Equal(0, await Within(Control.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask()));

    /// <summary>The server closes the control connection sooner or later, whatever it says before.</summary>
    public Task AssertEndsAsync() => Within(Control.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));

    /// <summary>Closes all connections, to begin again.</summary>
    public async Task RestartAsync()
    {
        await DisposeAsync();
        _connections.Clear();
    }

    /// <summary>Dies: everything is reset.</summary>
    public void Die() => _connections.ForEach(connection => connection.Abort());

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
    }

    private static async Task<T> Within<T>(Task<T> task) =>
        await task.WaitAsync(Timeout, TestContext.Current.CancellationToken);

    private static async Task Within(Task task) => await task.WaitAsync(Timeout, TestContext.Current.CancellationToken);

    private async Task<byte[]> ReadAsync(int count)
    {
        var octets = new byte[count];
        await Within(Control.ReadExactlyAsync(octets, TestContext.Current.CancellationToken).AsTask());
        return octets;
    }
}
