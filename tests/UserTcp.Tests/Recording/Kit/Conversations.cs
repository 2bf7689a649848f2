using System.Net;
using System.Net.Sockets;

namespace UserTcp.Tests.Recording.Kit;

/// <summary>Applications on a pair of stacks: a request and a response, which end in different ways.</summary>
internal static class Conversations
{
    private const int Ends = 5;

    /// <summary>Three connections, one after the other; the seed chooses sizes and ends.</summary>
    public static async Task RunAsync(DrivenPair pair, int seed, int clientPort)
    {
        var random = new Random(seed);
        await using var listener = await pair.Server.ListenAsync(DrivenPair.Service);
        for (var number = 0; number < 3; number++)
        {
            var serving = ServeAsync(listener, random.Next(1, 60_000), random.Next(Ends));
            await using (var client = await pair.Client.ConnectAsync(new UserTcpConnectionOptions
            {
                RemoteEndPoint = DrivenPair.Service,
                LocalEndPoint = new IPEndPoint(DrivenPair.ClientAddress, clientPort + number),
            }))
            {
                await TryAsync(() => AskAsync(client, random.Next(1, 60_000), random.Next(Ends)));
            }

            await serving;
        }
    }

    /// <summary>20,000 bytes in each direction, and an orderly end.</summary>
    public static async Task ExchangeAsync(DrivenPair pair)
    {
        await using var listener = await pair.Server.ListenAsync(DrivenPair.Service);
        var accept = listener.AcceptConnectionAsync();
        await using var client = await pair.Client.ConnectAsync(DrivenPair.Service);
        await using var server = await accept;
        await client.GetStream().WriteAsync(new byte[20_000]);
        await server.GetStream().ReadExactlyAsync(new byte[20_000]);
        await server.GetStream().WriteAsync(new byte[20_000]);
        await client.GetStream().ReadExactlyAsync(new byte[20_000]);
    }

    /// <summary>
    /// Bursts of datagrams to a server that reads some of them, answers, and ends; then the client hears that its port
    /// is closed.
    /// </summary>
    public static async Task ExchangeDatagramsAsync(DrivenPair pair, int seed)
    {
        var random = new Random(seed);
        // A recording needs events, which datagrams have none of.
        await ExchangeAsync(pair);
        var server = await pair.Server.BindUdpAsync(DrivenPair.Service);
        await using var client = await pair.Client.BindUdpAsync(new IPEndPoint(IPAddress.Any, 0));
        await client.ConnectAsync(DrivenPair.Service);
        var buffer = new byte[2000];
        for (var round = 0; round < 10; round++)
        {
            var count = random.Next(1, 100);
            await Task.WhenAll(Enumerable.Range(0, count)
                .Select(_ => client.SendAsync(new byte[random.Next(1400)]).AsTask()));
            await Task.Delay(TimeSpan.FromMilliseconds(20), pair.Time);
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(1), pair.Time);
            try
            {
                while (true)
                {
                    var received = await server.ReceiveFromAsync(buffer, stop.Token);
                    await server.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint);
                }
            }
            catch (OperationCanceledException)
            {
                // All that has arrived.
            }
        }

        await server.DisposeAsync();
        for (var round = 0; round < 20; round++)
        {
            try
            {
                await client.SendAsync(new byte[10]);
                await Task.Delay(TimeSpan.FromMilliseconds(10), pair.Time);
            }
            catch (SocketException)
            {
                // ConnectionRefused, unless the link has lost one of the two packets.
            }
        }
    }

    /// <summary>Eight clients send what the server does not read until its memory is used up.</summary>
    public static async Task FillMemoryAsync(DrivenPair pair)
    {
        const int Clients = 8;
        await using var listener = await pair.Server.ListenAsync(DrivenPair.Service);
        var ends = new List<UserTcpConnection>();
        var writes = new List<Task>();
        for (var number = 0; number < Clients; number++)
        {
            var accept = listener.AcceptConnectionAsync();
            var client = await pair.Client.ConnectAsync(DrivenPair.Service);
            ends.AddRange([client, await accept]);
            writes.Add(TryAsync(() => client.GetStream().WriteAsync(new byte[400_000]).AsTask()));
            // Replies that nobody reads use memory at the server too.
            writes.Add(TryAsync(() => ends[^1].GetStream().WriteAsync(new byte[200_000]).AsTask()));
        }

        await Task.WhenAny(Task.WhenAll(writes), Task.Delay(TimeSpan.FromSeconds(3), pair.Time));
        foreach (var end in ends)
            end.Abort();
        await Task.WhenAll(writes);
    }

    private static async Task ServeAsync(UserTcpListener listener, int bytes, int end)
    {
        await using var connection = await listener.AcceptConnectionAsync();
        await TryAsync(async () =>
        {
            var stream = connection.GetStream();
            var buffer = new byte[4096];
            await stream.ReadExactlyAsync(buffer.AsMemory(0, 1));
            await stream.WriteAsync(new byte[bytes]);
            // Unread data, RST, half-close, or the plain end.
            if (end == 0)
                return;
            if (end == 1)
            {
                connection.Abort();
                return;
            }

            connection.CompleteWrites();
            while (await stream.ReadAsync(buffer) > 0)
            {
                // Until the peer's FIN.
            }
        });
    }

    private static async Task AskAsync(UserTcpConnection connection, int bytes, int end)
    {
        var stream = connection.GetStream();
        stream.ReadTimeout = Timeout.Infinite;
        await stream.WriteAsync(new byte[bytes]);
        var buffer = new byte[4096];
        if (end == 0)
        {
            // The server has accepted the connection: it would wait for another one otherwise.
            await stream.ReadExactlyAsync(buffer.AsMemory(0, 1));
            connection.Abort();
            return;
        }

        if (end != 1)
            connection.CompleteWrites();
        while (await stream.ReadAsync(buffer) > 0)
        {
            // Until the peer's FIN.
        }
    }

    /// <summary>A reset is an end as well.</summary>
    private static async Task TryAsync(Func<Task> talk)
    {
        try
        {
            await talk();
        }
        catch (IOException)
        {
            // By the other end.
        }
    }
}
