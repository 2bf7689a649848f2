using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace UserTcp.Kernel.Tests.Kit;

/// <summary>A lab with its live page, published at a free port; the test, or a browser, reads it.</summary>
internal sealed class RunningLab : IDisposable
{
    private readonly Child _child;

    private RunningLab(Child child, int port, string token, PrivateNetwork? network)
    {
        _child = child;
        Port = port;
        Token = token;
        Stranger = NewClient(port, network);
        Reader = NewClient(port, network);
        Reader.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public int Port { get; }

    public string Token { get; }

    /// <summary>The one address that opens the page.</summary>
    public string Address => $"{Stranger.BaseAddress}#{Token}";

    /// <summary>A client with the token.</summary>
    public HttpClient Reader { get; }

    /// <summary>A client that has found the port.</summary>
    public HttpClient Stranger { get; }

    public static Task<RunningLab> StartAsync(TemporaryFolder folder, params string[] options) =>
        StartAsync(network: null, folder, options);

    /// <summary>Starts a lab that publishes its page in a network of the test.</summary>
    public static async Task<RunningLab> StartAsync(
        PrivateNetwork? network, TemporaryFolder folder, params string[] options)
    {
        var port = network?.Inside(FreePort) ?? FreePort();
        var child = new Child(
            UserTcpCommand.Options(
                folder, [
                    "lab", "--publish", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), .. options,
                    // The shell runs the lines that it gets until its input ends.
                    "--", "sh", "-c", "echo \"$USERTCP_PAGE\"; exec sh",
                ]) with
            { Input = null },
            network);
        var address = await child.FirstLineAsync();
        return new RunningLab(child, port, address[(address.IndexOf('#', StringComparison.Ordinal) + 1)..], network);
    }

    /// <summary>Runs a command line in the lab, and does not wait for its end.</summary>
    public async Task TypeAsync(string line)
    {
        await _child.Input.WriteAsync(Encoding.UTF8.GetBytes($"{line} >/dev/null &\n")).OrFail();
        await _child.Input.FlushAsync().OrFail();
    }

    /// <summary>GET, as JSON.</summary>
    public async Task<JsonElement> GetAsync(string path) =>
        JsonDocument.Parse(await Reader.GetStringAsync(path).OrFail()).RootElement;

    /// <summary>POST with a body, as JSON.</summary>
    public async Task<JsonElement> PostAsync(string path, string body = "")
    {
        using var content = new StringContent(body, Encoding.UTF8);
        using var response = await Reader.PostAsync(path, content).OrFail();
        var text = await response.Content.ReadAsStringAsync().OrFail();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>PUT with a body, as JSON.</summary>
    public async Task<JsonElement> PutAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        using var response = await Reader.PutAsync(path, content).OrFail();
        var text = await response.Content.ReadAsStringAsync().OrFail();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>GET, as a file that only this user may read; its path.</summary>
    public async Task<string> SaveAsync(string path, TemporaryFolder folder)
    {
        var file = Path.Combine(folder.Path, Path.GetFileName(path));
        var content = await Reader.GetByteArrayAsync(path).OrFail();
        await using var stream = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await stream.WriteAsync(content);
        return file;
    }

    /// <summary>The stream of events, which has begun.</summary>
    public async Task<StreamReader> WatchAsync(string query = "")
    {
        var stream = await Reader.GetStreamAsync($"/api/events{query}").OrFail();
        return new StreamReader(stream, Encoding.UTF8);
    }

    /// <summary>
    /// The next event that is wanted. A quiet stream has a line each second, so the whole wait has a limit.
    /// </summary>
    public static Task<JsonElement> NextAsync(StreamReader events, Func<JsonElement, bool> wants) =>
        FindAsync(events, wants).OrFail();

    private static async Task<JsonElement> FindAsync(StreamReader events, Func<JsonElement, bool> wants)
    {
        while (await events.ReadLineAsync() is { } line)
        {
            var one = JsonDocument.Parse(line).RootElement;
            if (wants(one))
                return one;
        }

        throw new EndOfStreamException("The stream of events has ended.");
    }

    /// <summary>Ends the command of the lab, and with it the lab.</summary>
    public async Task<ChildResult> EndAsync()
    {
        _child.Input.Close();
        return await _child.EndAsync();
    }

    public void Dispose()
    {
        Reader.Dispose();
        Stranger.Dispose();
        _child.Dispose();
    }

    private static HttpClient NewClient(int port, PrivateNetwork? network)
    {
        var handler = new SocketsHttpHandler();
        if (network is not null)
        {
            handler.ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = network.NewSocket(AddressFamily.InterNetwork);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        return new HttpClient(handler) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
