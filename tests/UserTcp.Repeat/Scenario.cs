using System.Globalization;
using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using UserTcp.Testing;

namespace UserTcp.Repeat;

/// <summary>
/// What runs again and again: clients with retries, HTTP/1.1, HTTP/2 and gRPC over TLS, on a network that loses 3 % of
/// the packets, with a server that crashes and comes back.
/// </summary>
internal static class Scenario
{
    private const int Workers = 8;
    private const int RequestsOfWorker = 5;
    private static readonly Uri _address = new("https://shop.test/");

    public static async Task RunAsync(VirtualNetwork network)
    {
        var shop = await network.AddHostAsync("shop", Shop.StartAsync);
        var crashing = CrashAsync(shop);
        using var client = network.CreateClient("browser", TimeSpan.FromSeconds(10));
        using var channel = GrpcChannel.ForAddress(
            _address, new GrpcChannelOptions
            {
                HttpHandler = network.GetOrAddHost("phone").CreateHandler(),
                DisposeHttpClient = true,
            });
        var stock = new Stock.StockClient(channel);
        var tasks = Enumerable.Range(0, Workers).Select(worker => BrowseAsync(network, client, worker))
            .Append(AskAsync(network, stock)).Append(crashing);
        await Task.WhenAll(tasks);
    }

    private static async Task CrashAsync(VirtualHost shop)
    {
        var time = shop.Network.TimeProvider;
        await Task.Delay(TimeSpan.FromMilliseconds(150), time);
        shop.Crash();
        await Task.Delay(TimeSpan.FromMilliseconds(500), time);
        await shop.RestartAsync();
    }

    private static async Task BrowseAsync(VirtualNetwork network, HttpClient client, int worker)
    {
        var retry = CreateRetry(network, worker);
        for (var request = 0; request < RequestsOfWorker; request++)
        {
            var number = (worker * RequestsOfWorker) + request;
            var bytes = await retry.ExecuteAsync(async token => await GetAsync(client, number, token));
            network.Trace.Note(string.Create(CultureInfo.InvariantCulture, $"browser {worker} has {bytes} bytes"));
        }
    }

    private static async Task<int> GetAsync(HttpClient client, int number, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(_address, FormattableString.Invariant($"items/{number}")))
        {
            Version = number % 2 == 0 ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadAsByteArrayAsync(cancellationToken)).Length;
    }

    private static async Task AskAsync(VirtualNetwork network, Stock.StockClient stock)
    {
        var retry = CreateRetry(network, Workers);
        foreach (var name in new[] { "bolt", "nut", "washer" })
        {
            var count = await retry.ExecuteAsync(
                async token => await stock.GetAsync(new Item { Name = name }, cancellationToken: token));
            var watched = await retry.ExecuteAsync(async token => await WatchAsync(stock, name, token));
            network.Trace.Note(string.Create(
                CultureInfo.InvariantCulture, $"phone has {count.Value} of {name}, watched {watched}"));
        }
    }

    private static async Task<int> WatchAsync(Stock.StockClient stock, string name, CancellationToken cancellationToken)
    {
        using var call = stock.Watch(new Item { Name = name }, cancellationToken: cancellationToken);
        var count = 0;
        await foreach (var _ in call.ResponseStream.ReadAllAsync(cancellationToken))
            count++;
        return count;
    }

    private static ResiliencePipeline CreateRetry(VirtualNetwork network, int worker)
    {
        var random = network.CreateRandom(FormattableString.Invariant($"retries of {worker}"));
        var builder = new ResiliencePipelineBuilder { TimeProvider = network.TimeProvider };
        return builder.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 10,
            Delay = TimeSpan.FromMilliseconds(100),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Randomizer = random.NextDouble,
            ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>().Handle<RpcException>()
                .Handle<TimeoutRejectedException>().Handle<TaskCanceledException>().Handle<IOException>(),
        }).AddTimeout(TimeSpan.FromSeconds(5)).Build();
    }
}
