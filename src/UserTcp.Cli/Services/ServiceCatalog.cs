using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using UserTcp.Cli.Services.Iperf3;

namespace UserTcp.Cli.Services;

/// <summary>The services that `up` and `lab` run, by name.</summary>
internal static class ServiceCatalog
{
    public const string Http = "http";
    public const int HttpPort = 80;
    public const string Https = "https";
    public const int HttpsPort = 443;

    /// <summary>Each host makes a handler of its own: some have something to keep.</summary>
    private static readonly Dictionary<string, (int Port, Func<ConnectionHandler> NewHandler)> Handlers = new()
    {
        ["echo"] = (7, static () => EchoService.HandleAsync),
        ["discard"] = (9, static () => DiscardService.HandleAsync),
        ["daytime"] = (13, static () => DaytimeService.HandleAsync),
        ["chargen"] = (19, static () => ChargenService.HandleAsync),
        ["plaintext"] = (8080, static () => PlaintextService.HandleAsync),
        ["iperf3"] = (5201, static () => new Iperf3Server().HandleAsync),
        ["lines"] = (LinesService.Port, static () => LinesService.HandleAsync),
    };

    /// <summary>The services that answer datagrams too, at the same port.</summary>
    private static readonly Dictionary<string, Func<TimeProvider, DatagramHandler>> DatagramHandlers = new()
    {
        ["echo"] = static _ => EchoService.HandleDatagramsAsync,
        ["discard"] = static _ => DiscardService.HandleDatagramsAsync,
        ["lines"] = static time => new LineDatagrams(time).HandleAsync,
    };

    public static IReadOnlyList<string> Names { get; } = [.. Handlers.Keys, Http, Https];

    public static string AllNames { get; } = string.Join(",", Names);

    /// <summary>The port of a service.</summary>
    public static int PortOf(string name) => name switch
    {
        Http => HttpPort,
        Https => HttpsPort,
        _ => Handlers[name].Port,
    };

    /// <summary>Adds a service to the host. Kestrel serves <see cref="Http"/> and <see cref="Https"/>, and is set up
    /// elsewhere.</summary>
    public static void Register(IServiceCollection services, string name)
    {
        if (!Handlers.TryGetValue(name, out var service))
            return;
        services.AddSingleton<IHostedService>(provider =>
            ActivatorUtilities.CreateInstance<ListeningService>(provider, name, service.Port, service.NewHandler()));
        if (DatagramHandlers.TryGetValue(name, out var newHandler))
        {
            var handler = newHandler(TimeProvider.System);
            services.AddSingleton<IHostedService>(provider =>
                ActivatorUtilities.CreateInstance<DatagramService>(provider, name, service.Port, handler));
        }
    }
}
