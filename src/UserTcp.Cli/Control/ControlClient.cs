using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json.Serialization.Metadata;
using UserTcp.Cli.Netcat;

namespace UserTcp.Cli.Control;

/// <summary>Sends requests to a running stack over its control socket.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="path">The control socket.</param>
    public ControlClient(string path) => _http = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://localhost"),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        (await _http.GetFromJsonAsync(path, type, cancellationToken))!;

    /// <summary>Opens a WebSocket.</summary>
    /// <exception cref="NcFailure">The stack has no connection for it, and why.</exception>
    public async Task<WebSocket> OpenWebSocketAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            await socket.ConnectAsync(new Uri($"ws://localhost{path}"), _http, cancellationToken);
            return socket;
        }
        catch (WebSocketException exception)
        {
            var problem = socket.HttpResponseHeaders?.GetValueOrDefault(NcPage.ProblemHeader)?.FirstOrDefault();
            socket.Dispose();
            throw new NcFailure(Uri.UnescapeDataString(problem ?? "the stack has ended"), exception);
        }
    }

    /// <summary>Starts a watch.</summary>
    /// <exception cref="CommandException">The stack refuses, and says why.</exception>
    public async Task<WatchResponse> WatchAsync(WatchRequest request, CancellationToken cancellationToken)
    {
        var path = $"/watch?{request.ToQuery()}";
        var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadRequest)
        {
            throw new CommandException(
                ExitCode.Failure, (await response.Content.ReadAsStringAsync(cancellationToken)).Trim());
        }

        return new WatchResponse(
            response, await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken));
    }

    public void Dispose() => _http.Dispose();
}
