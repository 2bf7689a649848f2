using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace UserTcp.Soak.Traffic;

/// <summary>Clients that reset early, leave data unread, or cancel a connect.</summary>
internal sealed record Aborts(string Name, double PerSecond, int Loops, IReadOnlyList<Route> Routes)
    : Actor(Name, PerSecond, Loops)
{
    protected override async Task TurnAsync(Random random)
    {
        var route = Routes[random.Next(Routes.Count)];
        using var timeout =
            new CancellationTokenSource(random.Next(10) == 0 ? TimeSpan.FromMilliseconds(random.Next(4)) : Deadline);
        try
        {
            var wire = await route.Client.ConnectAsync(route.Server, timeout.Token);
            var conversation = new Conversation(DrawSeed(random), 1 << 20, 1 << 20, Order.ClientCloses);
            await using (wire)
            {
                await conversation.WriteHeadAsync(wire, timeout.Token);
                await Conversation.SendAsync(wire, conversation.Seed, random.Next(256 * 1024), timeout.Token);
                await Conversation.ReadAsync(
                    wire, conversation.DownSeed, 0, random.Next(256 * 1024), TimeSpan.Zero, timeout.Token);
                if (random.Next(2) == 0)
                    wire.Abort();
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            // The client has cancelled, as intended.
        }
    }
}

/// <summary>Client processes that are killed during a transfer.</summary>
internal sealed record KilledClients(string Name, double PerSecond, int Loops, IReadOnlyList<IPEndPoint> Servers)
    : Actor(Name, PerSecond, Loops)
{
    // The head of a conversation: seed 0, nothing up, 64 MiB down.
    private const string Script =
        """exec 3<>"/dev/tcp/$0/$1" && printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0' >&3 """
        + "&& exec cat <&3 >/dev/null";

    protected override async Task TurnAsync(Random random)
    {
        var server = Servers[random.Next(Servers.Count)];
        using var client = Process.Start("bash", ["-c", Script, server.Address.ToString(),
            server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await Task.Delay(random.Next(20, 300));
        client.Kill();
        await client.WaitForExitAsync();
    }
}

/// <summary>
/// Servers that end and restart at the same port: clients get a reset, then a refusal, and then service again.
/// </summary>
internal sealed record Restarts(
    string Name, double PerSecond, Findings Findings, IReadOnlyList<(IHost Client, IHost Server)> Pairs)
    : Actor(Name, PerSecond, Loops: 1)
{
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(20);

    protected override async Task TurnAsync(Random random)
    {
        var (client, server) = Pairs[random.Next(Pairs.Count)];
        var options = new ServiceOptions(Name);
        var first = await Service.StartAsync(Findings, server, 0, options);
        var route = new Route(client, first.EndPoint);
        await Talks.RunAsync(route, Talks.Short(random));
        await ExpectAsync(SocketError.ConnectionReset, route, () => LoseAsync(route, first, random));
        await ExpectAsync(SocketError.ConnectionRefused, route, () => FindClosedAsync(route, server is KernelHost));
        await using var second = await Service.StartAsync(Findings, server, route.Server.Port, options);
        await Talks.RunAsync(route, Talks.Short(random));
    }

    private static async Task<Wire> ConnectAsync(Route route)
    {
        using var deadline = new CancellationTokenSource(Notice);
        return await route.Client.ConnectAsync(route.Server, deadline.Token);
    }

    private static async Task LoseAsync(Route route, Service service, Random random)
    {
        var conversation = new Conversation(DrawSeed(random), 0, 64 << 20, Order.ServerCloses);
        await using var wire = await ConnectAsync(route);
        using var deadline = new CancellationTokenSource(Notice);
        await conversation.WriteHeadAsync(wire, deadline.Token);
        await Conversation.ReadAsync(wire, conversation.DownSeed, 0, 64 * 1024, TimeSpan.Zero, deadline.Token);
        await service.CrashAsync();
        await Conversation.ReadAsync(
            wire, conversation.DownSeed, 64 * 1024, conversation.Down, TimeSpan.Zero, deadline.Token);
    }

    /// <summary>
    /// Connects until it is refused. The stack's port is closed at once. The kernel's may stay open for as long as a
    /// child process that another loop starts has a copy of the descriptor, between fork and exec.
    /// </summary>
    private static async Task FindClosedAsync(Route route, bool mayTakeTime)
    {
        var until = Environment.TickCount64 + (mayTakeTime ? (long)Notice.TotalMilliseconds : 0);
        do
        {
            await (await ConnectAsync(route)).DisposeAsync();
            await Task.Delay(mayTakeTime ? 50 : 0);
        }
        while (Environment.TickCount64 < until);
    }

    private static async Task ExpectAsync(SocketError expected, Route route, Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (Findings.ErrorOf(exception) == expected)
        {
            return;
        }
        catch (Exception exception) when (exception is not MismatchException)
        {
            throw new TrafficException(
                $"{route.Client.Address} - {route.Server}: {expected} expected, came: {Findings.Describe(exception)}",
                exception);
        }

        throw new TrafficException($"{route.Client.Address} - {route.Server}: {expected} expected, nothing came");
    }
}

/// <summary>The kernel's address is removed during a transfer and added again: the transfer continues.</summary>
internal sealed record Outages(string Name, double PerSecond, IHost Client, IPEndPoint Server)
    : Actor(Name, PerSecond, Loops: 1)
{
    protected override async Task TurnAsync(Random random)
    {
        var conversation = new Conversation(DrawSeed(random), 0, 24 << 20, Order.ClientCloses);
        using var deadline = new CancellationTokenSource(Deadline);
        await using var wire = await Client.ConnectAsync(Server, deadline.Token);
        await conversation.WriteHeadAsync(wire, deadline.Token);
        wire.CompleteWrites();
        const int Before = 1 << 20;
        await Conversation.ReadAsync(wire, conversation.DownSeed, 0, Before, TimeSpan.Zero, deadline.Token);
        await IpAsync("del");
        try
        {
            await Task.Delay(random.Next(100, 2000));
        }
        finally
        {
            await IpAsync("add");
        }

        try
        {
            await Conversation.ReadAsync(
                wire, conversation.DownSeed, Before, conversation.Down, TimeSpan.Zero, deadline.Token);
        }
        catch (Exception exception) when (exception is not MismatchException)
        {
            throw new TrafficException(
                $"{wire.Name}: after the address was back: {Findings.Describe(exception)}", exception);
        }
    }

    private static async Task IpAsync(string action)
    {
        using var ip = Process.Start("ip", ["address", action, World.OutageAddress, "dev", World.Device]);
        await ip.WaitForExitAsync();
        if (ip.ExitCode != 0)
            throw new InvalidOperationException($"ip address {action} {World.OutageAddress} exits with {ip.ExitCode}");
    }
}

/// <summary>Observers that attach and detach.</summary>
internal sealed record Watchers(string Name, double PerSecond, UserTcpStack Stack) : Actor(Name, PerSecond, Loops: 1)
{
    protected override async Task TurnAsync(Random random)
    {
        using var leave = new CancellationTokenSource(random.Next(10, 500));
        try
        {
            await foreach (var _ in Stack.WatchAsync(leave.Token))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // The observer has ended.
        }
    }
}
