using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Level 2: any number of threads, which may block.</summary>
public sealed class FatesTests
{
    private static readonly VirtualNetworkOptions _options = new()
    {
        Level = VirtualLevel.Fates,
        Impairment = LinkImpairment.Parse("loss=5%,delay=10ms"),
        Seed = 11,
    };

    [Fact]
    public async Task A_test_may_block_and_use_threads()
    {
        var result = await VirtualNetwork.TryRunAsync(
            async network =>
            {
                await using var listener = await network.AddHost("server").ListenAsync(80);
                var client = network.AddHost("client");
                var connecting = Task.Factory.StartNew(
                    () => client.ConnectAsync("server", 80).AsTask().GetAwaiter().GetResult(),
                    CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                await using var connection = await connecting;
                await Task.Delay(TimeSpan.FromMinutes(5), network.TimeProvider);
            },
            _options);

        result.ThrowIfFailed();
        Assert.InRange(result.Elapsed, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5.1));
    }

    [Fact]
    public async Task The_report_says_the_level()
    {
        var result = await VirtualNetwork.TryRunAsync(_ => throw new InvalidOperationException("no"), _options);

        Assert.Contains("Level: fates of packets (asked for).", result.Report, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(result.Error);
    }

    [Fact]
    public async Task A_packet_of_a_flow_meets_the_same_fate_whatever_other_flows_send()
    {
        var alone = await VirtualNetwork.TryRunAsync(network => SendAsync(network, others: 0), _options);
        var together = await VirtualNetwork.TryRunAsync(network => SendAsync(network, others: 5), _options);

        alone.ThrowIfFailed();
        together.ThrowIfFailed();
        Assert.NotEmpty(FatesOf(alone));
        Assert.Equal(FatesOf(alone), FatesOf(together));
    }

    private static string[] FatesOf(VirtualResult result) =>
        [.. result.Strikes.Where(strike => strike.Packet.StartsWith("client", StringComparison.Ordinal)
            && strike.Packet.Contains(":80 ", StringComparison.Ordinal))
            .Select(strike => $"{strike.Fault} {strike.Packet.Split('=')[^1]}")];

    private static async Task SendAsync(VirtualNetwork network, int others)
    {
        var (server, client) = (network.AddHost("server"), network.AddHost("client"));
        var noise = Enumerable.Range(0, others).Select(other => SendAsync(client, server, 81 + other)).ToArray();
        await SendAsync(client, server, 80);
        await Task.WhenAll(noise);
    }

    private static async Task SendAsync(VirtualHost client, VirtualHost server, int port)
    {
        await using var listener = await server.ListenAsync(port);
        var accepting = listener.AcceptConnectionAsync();
        await using var sender = await client.ConnectAsync("server", port);
        await using var receiver = await accepting;
        for (var i = 0; i < 50; i++)
        {
            await sender.GetStream().WriteAsync(new byte[10 + i]);
            await receiver.GetStream().ReadExactlyAsync(new byte[10 + i]);
        }
    }
}
