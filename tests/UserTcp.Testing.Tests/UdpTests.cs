using System.Net;
using UserTcp.Impairment;
using Xunit;

namespace UserTcp.Testing.Tests;

/// <summary>Hosts of a virtual network exchange datagrams, and the network loses some of them.</summary>
public sealed class UdpTests
{
    private const int Count = 200;

    [Fact]
    public async Task Datagrams_are_delayed_and_lost_and_each_run_loses_the_same()
    {
        var options = new VirtualNetworkOptions { Seed = 7, Impairment = LinkImpairment.Parse("loss=10%,delay=30ms") };
        var runs = new List<string>();
        for (var run = 0; run < 2; run++)
        {
            await VirtualNetwork.RunAsync(
                async network =>
                {
                    var answered = await AskAsync(network);
                    runs.Add(string.Join(' ', answered));
                },
                options);
        }

        Assert.Equal(runs[0], runs[1]);
        // Two ways of 10% each leave about 81%.
        Assert.InRange(runs[0].Split(' ').Length, Count * 7 / 10, Count * 9 / 10);
    }

    /// <summary>Sends numbers to an echo, one after the other, and returns those that came back.</summary>
    private static async Task<List<int>> AskAsync(VirtualNetwork network)
    {
        var (server, client) = (network.AddHost("server"), network.AddHost("client"));
        await using var echo = await server.Stack.BindUdpAsync(new IPEndPoint(IPAddress.Any, 7));
        var serving = EchoAsync(echo);
        await using var socket = await client.Stack.BindUdpAsync(new IPEndPoint(IPAddress.Any, 0));
        await socket.ConnectAsync(new IPEndPoint(server.Addresses[0], 7));
        var answered = new List<int>();
        var buffer = new byte[10];
        for (var number = 0; number < Count; number++)
        {
            var started = network.Elapsed;
            await socket.SendAsync(BitConverter.GetBytes(number));
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(1), network.TimeProvider);
            try
            {
                Assert.Equal(4, await socket.ReceiveAsync(buffer, timeout.Token));
                Assert.Equal(number, BitConverter.ToInt32(buffer));
                Assert.True(network.Elapsed - started >= TimeSpan.FromMilliseconds(60), "a round trip");
                answered.Add(number);
            }
            catch (OperationCanceledException)
            {
                // Lost.
            }
        }

        await echo.DisposeAsync();
        await serving;
        return answered;
    }

    private static async Task EchoAsync(UserTcpUdpSocket socket)
    {
        var buffer = new byte[100];
        try
        {
            while (true)
            {
                var received = await socket.ReceiveFromAsync(buffer);
                await socket.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // The socket was disposed of.
        }
    }
}
