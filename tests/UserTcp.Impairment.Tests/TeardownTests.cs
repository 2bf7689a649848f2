using System.Net;

namespace UserTcp.Impairment.Tests;

/// <summary>A stack that ends over a delayed link: its peer learns of it all the same.</summary>
public sealed class TeardownTests
{
    private static readonly TimeSpan _tooLong = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_peer_of_an_idle_connection_gets_FIN_and_RST()
    {
        var (near, far) = InMemoryLink.CreatePair();
        var address = IPAddress.Parse("198.18.0.2");
        await using var peer = await UserTcpStack.StartAsync(
            new UserTcpStackOptions { Device = far, Addresses = [address], ShutdownTimeout = TimeSpan.Zero },
            TestContext.Current.CancellationToken);
        await using var listener = await peer.ListenAsync(
            new IPEndPoint(address, 80), TestContext.Current.CancellationToken);
        var stack = await UserTcpStack.StartAsync(
            new UserTcpStackOptions
            {
                Device = new ImpairedDevice(near, LinkImpairment.Parse("delay=20ms")),
                Addresses = [IPAddress.Parse("198.18.0.1")],
                ShutdownTimeout = _tooLong,
            },
            TestContext.Current.CancellationToken);
        var accepting = listener.AcceptConnectionAsync(TestContext.Current.CancellationToken);
        await stack.ConnectAsync(listener.LocalEndPoint, TestContext.Current.CancellationToken);
        var accepted = await accepting;

        await stack.DisposeAsync();

        Assert.Equal(0, await accepted.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        await WaitAsync(accepted.ConnectionClosed);
    }

    private static async Task WaitAsync(CancellationToken token)
    {
        var ended = new TaskCompletionSource();
        using (token.Register(ended.SetResult))
            await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }
}
