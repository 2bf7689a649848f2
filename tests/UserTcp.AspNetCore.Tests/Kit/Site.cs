using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using UserTcp.Hosting.Tests.Kit;

namespace UserTcp.AspNetCore.Tests.Kit;

/// <summary>
/// An application that Kestrel serves over one transport, and its clients. Disposing of it resets clients that are
/// still connected.
/// </summary>
internal sealed class Site(ISiteNetwork network, WebApplication application, LogBook log, IPAddress address)
    : IAsyncDisposable
{
    private readonly ConcurrentBag<Client> _clients = [];
    private readonly ConcurrentBag<HttpClient> _httpClients = [];

    public IServiceProvider Services => application.Services;

    /// <summary>The first end point, which each site has.</summary>
    public IPEndPoint EndPoint { get; } = new(address, new Uri(application.Urls.First()).Port);

    /// <summary>All URLs.</summary>
    public IEnumerable<Uri> Urls => application.Urls.Select(url => new Uri(url));

    /// <summary>Connects a client of the case's own.</summary>
    public async Task<Client> ConnectAsync(int? port = null, int? receiveBuffer = null)
    {
        var client = await network.ConnectAsync(new IPEndPoint(address, port ?? EndPoint.Port), receiveBuffer);
        _clients.Add(client);
        return client;
    }

    /// <summary>An HttpClient whose base address is the site.</summary>
    public HttpClient CreateClient(
        Version? version = null, Action<SocketsHttpHandler>? configure = null, string scheme = "http")
    {
        var client = new HttpClient(CreateHandler(configure))
        {
            BaseAddress = new Uri($"{scheme}://{EndPoint}/"),
            Timeout = Until.Timeout,
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        _httpClients.Add(client);
        return client;
    }

    public SocketsHttpHandler CreateHandler(Action<SocketsHttpHandler>? configure = null)
    {
        var handler = network.CreateHandler();
        configure?.Invoke(handler);
        return handler;
    }

    /// <summary>Stops the application; a cancelled token ends its connections at once.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) =>
        application.StopAsync(cancellationToken).OrFail();

    /// <summary>Stops Kestrel alone: the host goes on, and with it the stack.</summary>
    public Task StopServerAsync() =>
        application.Services.GetRequiredService<IServer>().StopAsync(CancellationToken.None).OrFail();

    /// <summary>The events that the transport has logged, by name.</summary>
    public IEnumerable<string?> TransportEvents =>
        Entries("UserTcp.AspNetCore.Transport", "Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets")
            .Select(entry => entry.Name);

    /// <summary>Messages of Kestrel itself.</summary>
    public IEnumerable<string> KestrelMessages =>
        log.Entries.Where(entry => entry.Category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", Ordinal))
            .Select(entry => entry.Message);

    /// <summary>True when so many connections have come and gone.</summary>
    public bool HasEnded(int connections) =>
        KestrelMessages.Count(message => message.EndsWith("stopped.", Ordinal)) >= connections;

    /// <summary>Warnings and errors of Kestrel and of the transport, by event name.</summary>
    public string Complaints => string.Join(
        ' ',
        log.Entries.Where(entry => entry.Level > LogLevel.Information
                && (entry.Category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", Ordinal)
                    || entry.Category.StartsWith("UserTcp", Ordinal)))
            .Select(entry => $"{entry.Level} {entry.Name}".Trim()));

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Abort();
        foreach (var client in _httpClients)
            client.Dispose();
        await application.StopAsync().OrFail();
        await application.DisposeAsync();
        await network.DisposeAsync();
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private IEnumerable<LogEntry> Entries(params string[] categories) =>
        log.Entries.Where(entry => categories.Contains(entry.Category));
}
