using System.Net;

namespace UserTcp.Soak.Traffic;

/// <summary>A client and its service.</summary>
internal readonly record struct Route(IHost Client, IPEndPoint Server);

/// <summary>Complete conversations; both ends check every byte.</summary>
/// <param name="Name">Its name in findings.</param>
/// <param name="PerSecond">Conversations a second of each loop.</param>
/// <param name="Loops">Concurrent loops.</param>
/// <param name="Routes">The routes; each conversation draws one.</param>
/// <param name="Draw">Draws a conversation.</param>
internal sealed record Talks(
    string Name, double PerSecond, int Loops, IReadOnlyList<Route> Routes, Func<Random, Conversation> Draw)
    : Actor(Name, PerSecond, Loops)
{
    private const int ShortLength = 4000;
    private const int LongLength = 8 << 20;

    public static Conversation Short(Random random) => new(
        DrawSeed(random), random.Next(ShortLength), random.Next(ShortLength),
        random.Next(2) == 0 ? Order.ClientCloses : Order.ServerCloses);

    public static Conversation Long(Random random) => new(
        DrawSeed(random), random.Next(LongLength), random.Next(LongLength), (Order)random.Next(3));

    public static Conversation HalfClosed(Random random) => new(
        DrawSeed(random), random.Next(16 * ShortLength), random.Next(16 * ShortLength), Order.HalfClose);

    /// <summary>Opens a connection, runs a conversation and closes.</summary>
    public static async Task RunAsync(Route route, Conversation conversation)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var name = $"{route.Client.Address} - {route.Server}";
        Wire? wire = null;
        try
        {
            wire = await route.Client.ConnectAsync(route.Server, deadline.Token);
            await conversation.RunClientAsync(wire, deadline.Token);
            await wire.DisposeAsync();
        }
        catch (Exception exception)
        {
            name = wire?.Describe() ?? name;
            wire?.Abort();
            throw new TrafficException($"{name}: {conversation}: {Findings.Describe(exception)}", exception);
        }
    }

    protected override Task TurnAsync(Random random) => RunAsync(Routes[random.Next(Routes.Count)], Draw(random));
}

/// <summary>Slow readers, so that windows close; then they read the rest or reset.</summary>
internal sealed record SlowReaders(
    string Name, double PerSecond, int Loops, IReadOnlyList<Route> Polite, IReadOnlyList<Route> Rude)
    : Actor(Name, PerSecond, Loops)
{
    protected override async Task TurnAsync(Random random)
    {
        var leaves = random.Next(2) == 0;
        var routes = leaves ? Rude : Polite;
        var route = routes[random.Next(routes.Count)];
        var conversation = new Conversation(DrawSeed(random), 0, 4 << 20, Order.ClientCloses);
        using var deadline = new CancellationTokenSource(Deadline);
        await using var wire = await route.Client.ConnectAsync(route.Server, deadline.Token);
        try
        {
            await ReadAsync(wire, conversation, slow: random.Next(1 << 20), leaves, deadline.Token);
        }
        catch (Exception exception) when (exception is not MismatchException)
        {
            throw new TrafficException($"{wire.Name}: {Findings.Describe(exception)}", exception);
        }
    }

    private static async Task ReadAsync(
        Wire wire, Conversation conversation, int slow, bool leaves, CancellationToken deadline)
    {
        await conversation.WriteHeadAsync(wire, deadline);
        await Conversation.ReadAsync(wire, conversation.DownSeed, 0, slow, TimeSpan.FromMilliseconds(4), deadline);
        if (leaves)
            return;
        wire.CompleteWrites();
        await Conversation.ReadAsync(wire, conversation.DownSeed, slow, conversation.Down, TimeSpan.Zero, deadline);
        if (await wire.Stream.ReadAsync(new byte[1], deadline) != 0)
            throw new MismatchException($"{wire.Name}: data after the last byte");
    }
}

/// <summary>GET and POST requests over persistent connections; clients are replaced now and then.</summary>
internal sealed record HttpClients(
    string Name, double PerSecond, int Loops, IReadOnlyList<IPAddress> Servers, UserTcpStack? ClientStack)
    : Actor(Name, PerSecond, Loops)
{
    private const int RequestsOfAClient = 200;
    private const int MaxLength = 64 * 1024;

    private readonly System.Collections.Concurrent.ConcurrentDictionary<Random, HttpClient> _clients = new();

    protected override async Task TurnAsync(Random random)
    {
        if (random.Next(RequestsOfAClient) == 0)
            await StopAsync(random);
        var client = _clients.GetOrAdd(random, _ => NewClient());
        var (seed, length) = (DrawSeed(random), random.Next(4) == 0 ? random.Next(MaxLength) : random.Next(512));
        var url = $"http://{new IPEndPoint(Servers[random.Next(Servers.Count)], 80)}/data?seed={seed}";
        if (random.Next(3) == 0)
            await PostAsync(client, url, seed, length);
        else
            await GetAsync(client, url, seed, length);
    }

    protected override Task StopAsync(Random random)
    {
        if (_clients.TryRemove(random, out var client))
            client.Dispose();
        return Task.CompletedTask;
    }

    private HttpClient NewClient()
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (ClientStack is not null)
            handler.UseUserTcp(ClientStack);
        return new HttpClient(handler) { Timeout = Deadline };
    }

    private static async Task GetAsync(HttpClient client, string url, ulong seed, int length)
    {
        var body = await client.GetByteArrayAsync(new Uri($"{url}&length={length}"));
        if (body.Length != length || Pattern.FindMismatch(body, seed, 0) >= 0)
        {
            throw new MismatchException($"GET {url}&length={length}: {body.Length} bytes, first wrong one at "
                + $"{Pattern.FindMismatch(body, seed, 0)}");
        }
    }

    private static async Task PostAsync(HttpClient client, string url, ulong seed, int length)
    {
        var body = new byte[length];
        Pattern.Fill(body, seed, 0);
        using var content = new ByteArrayContent(body);
        using var response = await client.PostAsync(new Uri(url), content);
        var answer = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode
            || answer != length.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            throw new MismatchException($"POST {url} of {length} bytes: {response.StatusCode}, {answer}");
        }
    }
}
